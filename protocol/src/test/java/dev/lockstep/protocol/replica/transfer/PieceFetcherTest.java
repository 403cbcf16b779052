package dev.lockstep.protocol.replica.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.replica.transfer.TransferStatus.Phase;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One checkpoint, piece by piece, each verified, from whoever has it. */
class PieceFetcherTest {
  private static final long INSTANCE = TransferParts.INSTANCE;

  private final TransferParts parts = new TransferParts();
  private final PieceFetcher pieces = parts.pieces;

  /** Who was asked for the piece last. */
  private int askedFor(int piece) {
    int asked = -1;
    for (PartFixture.Sent sent : parts.facts.sent) {
      if (sent.message().equals(new FetchPiece(INSTANCE, piece))) {
        asked = sent.to();
      }
    }
    return asked;
  }

  private void giveManifest() {
    int from = askedFor(FetchPiece.MANIFEST);
    pieces.onManifestOf(from, new Message.ManifestOf(parts.manifest, parts.certificates()));
  }

  private void give(int piece) {
    pieces.onPiece(askedFor(piece), new Message.Piece(INSTANCE, piece, parts.parts[piece]));
  }

  private void toContent() {
    parts.begin();
    giveManifest();
    give(0);
    give(1);
    assertThat(parts.told).containsExactly("state of 10");
    parts.phases.moveTo(Phase.CONTENT, "test");
    pieces.onRoom(new BitSet());
  }

  @Test
  void fetchesStateToMemoryAndContentToStorage() {
    toContent();
    give(2);
    give(3);
    assertThat(parts.facts.asked).containsExactly("store 0 of 10", "store 1 of 10");
    pieces.onStored(1);
    pieces.onStored(1);
    assertThat(parts.told).hasSize(1);
    pieces.onStored(0);
    assertThat(parts.told).endsWith("whole");
    assertThat(pieces.piecesDone()).isEqualTo(4);
  }

  /** After a restart storage may have some of it already. */
  @Test
  void asksOnlyForWhatStorageHasNot() {
    parts.begin();
    giveManifest();
    give(0);
    give(1);
    parts.phases.moveTo(Phase.CONTENT, "test");
    BitSet there = new BitSet();
    there.set(0);
    pieces.onRoom(there);
    assertThat(askedFor(2)).isEqualTo(-1);
    give(3);
    pieces.onStored(1);
    assertThat(parts.told).endsWith("whole");
  }

  @Test
  void whoGivesSomethingWrongIsBlamedAndAnotherOneAsked() {
    parts.begin();
    giveManifest();
    int liar = askedFor(0);
    pieces.onPiece(liar, new Message.Piece(INSTANCE, 0, parts.parts[2]));
    assertThat(parts.facts.counted).contains(Event.TRANSFER_BLAMED);
    assertThat(parts.candidates.isLiar(liar)).isTrue();
    assertThat(askedFor(0)).isEqualTo(liar == 1 ? 3 : 1);
    give(0);
    give(1);
    assertThat(parts.told).containsExactly("state of 10");
  }

  @Test
  void aManifestMustBeTheClaimedOneWithItsCertificates() {
    parts.begin();
    int first = askedFor(FetchPiece.MANIFEST);
    pieces.onManifestOf(
        first, new Message.ManifestOf(parts.manifest, parts.certificates().subList(0, 2)));
    assertThat(parts.candidates.isLiar(first)).isTrue();
    giveManifest();
    assertThat(parts.phases.is(Phase.STATE)).isTrue();
  }

  @Test
  void whatNobodyAskedForIsNotLookedAt() {
    parts.begin();
    giveManifest();
    pieces.onPiece(0, new Message.Piece(INSTANCE, 0, parts.parts[2]));
    pieces.onPiece(1, new Message.Piece(INSTANCE + 1, 0, parts.parts[2]));
    pieces.onPiece(1, new Message.Piece(INSTANCE, 3, parts.parts[2]));
    assertThat(parts.facts.counted).isEmpty();
  }

  /**
   * A question for the manifest that was asked again may be answered late, and with a piece whose
   * number is that of no piece.
   */
  @Test
  void aLateAnswerWithoutAPlaceIsBlamedAndNothingElse() {
    parts.begin();
    int slow = askedFor(FetchPiece.MANIFEST);
    parts.facts.at(TransferParts.PATIENCE);
    pieces.expire();
    giveManifest();
    assertThat(parts.phases.is(Phase.STATE)).isTrue();
    Bytes full = new Bytes(new byte[TransferParts.PIECE]);
    pieces.onPiece(slow, new Message.Piece(INSTANCE, FetchPiece.MANIFEST, full));
    assertThat(parts.candidates.isLiar(slow)).isTrue();
  }

  @Test
  void theSlowAreAskedNoMoreButHeardStill() {
    parts.begin();
    giveManifest();
    int slow = askedFor(0);
    parts.facts.at(TransferParts.PATIENCE);
    assertThat(pieces.nextDeadline()).isEqualTo(TransferParts.PATIENCE);
    pieces.expire();
    assertThat(parts.facts.counted).contains(Event.SOURCE_REPLACED);
    pieces.onPiece(slow, new Message.Piece(INSTANCE, 0, parts.parts[0]));
    assertThat(pieces.piecesDone()).isEqualTo(1);
  }

  @Test
  void givesUpWhenNobodyHasItAnyMore() {
    parts.begin();
    for (int i = 0; i < 2; i++) {
      int from = askedFor(FetchPiece.MANIFEST);
      pieces.onPiece(from, new Message.Piece(INSTANCE, FetchPiece.MANIFEST, Bytes.EMPTY));
    }
    assertThat(parts.told).isEqualTo(List.of("nobody"));
    assertThat(parts.facts.counted).containsOnly(Event.SOURCE_REPLACED);
  }
}
