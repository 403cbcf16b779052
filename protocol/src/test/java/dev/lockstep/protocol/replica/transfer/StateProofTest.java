package dev.lockstep.protocol.replica.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.replica.checkpoint.Checkpoints;
import dev.lockstep.protocol.rules.TransferRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A state of others is right when one correct replica has the same further on. */
class StateProofTest {
  private static final Digest MINE = TransferParts.hash("mine");
  private static final Digest OTHER = TransferParts.hash("other");

  private final TransferParts parts = new TransferParts();

  /** Never due: only what was claimed is wanted. */
  private final Checkpoints checkpoints =
      new Checkpoints(
          2,
          parts.facts.views,
          parts.facts.clock,
          parts.facts.out,
          parts.facts.log,
          parts.facts.voice,
          null,
          null,
          parts.facts,
          parts.facts,
          CodecLimits.DEFAULTS,
          0,
          TransferParts.PIECE,
          1);

  private final StateProof proof =
      new StateProof(
          parts.facts.views,
          parts.facts.out,
          parts.candidates,
          checkpoints,
          parts.facts,
          TransferRule.STANDARD);

  private void add(long instance, Digest hash) {
    proof.add(new Checkpoint(instance, Bytes.EMPTY, 0, List.of()), hash);
    proof.evaluate();
  }

  @Test
  void oneWordIsNotEnoughTwoAre() {
    parts.offer(1, 10, MINE);
    add(10, MINE);
    assertThat(proof.isProved()).isFalse();
    parts.offer(3, 14, MINE);
    assertThat(proof.wantsHash(14)).isTrue();
    assertThat(proof.wantsHash(13)).isFalse();
    add(14, MINE);
    assertThat(proof.isProved()).isTrue();
    assertThat(proof.isRefuted()).isFalse();
    assertThat(proof.takeProved().instance()).isEqualTo(14);
    proof.drop();
    assertThat(parts.facts.asked).containsExactly("release 10");
    assertThat(proof.isProved()).isFalse();
    assertThat(proof.has(10)).isFalse();
  }

  @Test
  void moreThanTheFaultyDiffer() {
    parts.offer(1, 10, MINE);
    parts.offer(0, 14, OTHER);
    parts.offer(3, 14, OTHER);
    add(10, MINE);
    add(14, MINE);
    assertThat(proof.isProved()).isFalse();
    assertThat(proof.isRefuted()).isTrue();
    List<Integer> differing = new ArrayList<>();
    proof.forEachDiffering(differing::add);
    assertThat(differing).containsExactly(0, 3);
  }

  /** Who said two things is a liar whatever is right. */
  @Test
  void whoDiffersOnceAgreesNoMore() {
    parts.offer(1, 10, MINE);
    parts.offer(3, 10, MINE);
    parts.offer(3, 14, OTHER);
    add(14, MINE);
    add(10, MINE);
    assertThat(proof.isProved()).isFalse();
  }

  /** A liar that claims to have a checkpoint everywhere costs one, and one that was caught none. */
  @Test
  void whoHasBeenJudgedCausesNoMoreHashes() {
    parts.offer(1, 10, OTHER);
    parts.offer(1, 12, OTHER);
    parts.offer(3, 12, MINE);
    assertThat(proof.wantsHash(10)).isTrue();
    add(10, MINE);
    assertThat(proof.wantsHash(12)).isTrue();
    parts.candidates.blame(3, "test");
    assertThat(proof.wantsHash(12)).isFalse();
  }
}
