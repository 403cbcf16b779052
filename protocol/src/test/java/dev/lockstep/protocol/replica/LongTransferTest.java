package dev.lockstep.protocol.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A replica that finds nobody to take a state from for long goes on trying. */
class LongTransferTest {
  private static final int LIAR = 3;
  private static final long FAR = 10_000;
  private static final long STATUS_PERIOD = 100_000;

  private final View view = Views.byzantine(4, 1, 3);
  private final DecisionChain chain = new DecisionChain(view);
  private final ReplicaHarness laggard =
      new ReplicaHarness(0, view, ReplicaConfig.Budgets.defaults());

  /** Answers questions for decisions: they are gone. */
  private void answer() {
    List<ReplicaHarness.Sent> asked = List.copyOf(laggard.sent);
    laggard.sent.removeIf(sent -> !(sent.message() instanceof Message.FetchPiece));
    for (ReplicaHarness.Sent each : asked) {
      if (each.message() instanceof Message.FetchDecisions fetch) {
        laggard.receive(
            each.to(), new Message.Fetched(fetch.from(), fetch.from(), FAR, FAR + 1_000));
      }
    }
  }

  /** The others say how far they are, and that a period has passed. */
  private void passPeriod() {
    laggard.advance(STATUS_PERIOD);
    for (int peer = 1; peer < 4; peer++) {
      laggard.receive(peer, new Message.Status(0, 0, 0, true, FAR + 1_000, 0, 0));
    }
    answer();
  }

  private long[] askedFor() {
    return laggard.sent.stream()
        .filter(sent -> sent.message() instanceof Message.FetchPiece)
        .mapToLong(sent -> ((Message.FetchPiece) sent.message()).instance())
        .toArray();
  }

  /** Certificates of the last W instances. */
  private List<Certificate> certificates(long instance) {
    return List.of(
        chain.certificate(instance - 2),
        chain.certificate(instance - 1),
        chain.certificate(instance));
  }

  /** What the laggard asked this peer for since the last look. */
  private List<Message.FetchPiece> takeAskedOf(int peer) {
    List<Message.FetchPiece> asked = new ArrayList<>();
    laggard.sent.removeIf(
        sent -> {
          boolean taken = sent.to() == peer && sent.message() instanceof Message.FetchPiece;
          if (taken) {
            asked.add((Message.FetchPiece) sent.message());
          }
          return taken;
        });
    return asked;
  }

  private void offer(int peer, long instance, Digest hash, long bytes) {
    laggard.receive(
        peer, new Message.Offers(List.of(new Message.Offer(instance, hash, bytes)), FAR, FAR));
  }

  /**
   * A liar offers the checkpoint that is tried first, and gives a piece of it now and then: that
   * would take a minute and a half. At the least rate it may take a minute.
   */
  @Test
  void aTransferThatDripsIsGivenUpForAnother() {
    Bytes piece = new Bytes(new byte[CodecLimits.PIECE_BYTES]);
    int pieces = 60;
    long instance = FAR - 500;
    Manifest dripping =
        new Manifest(
            instance,
            CodecLimits.PIECE_BYTES * pieces,
            Collections.nCopies(pieces, Digest.hash(piece.array())),
            0,
            List.of());
    List<Message.FetchPiece> open = new ArrayList<>();
    int given = 0;
    int round = 0;
    for (boolean another = false; !another; round++) {
      assertThat(round).as("periods, after %s pieces", given).isLessThan(850);
      offer(1, FAR, new Digest(1, 1, 1, 1), dripping.bytes());
      offer(2, FAR - 1_000, new Digest(2, 1, 1, 1), dripping.bytes());
      offer(LIAR, instance, dripping.hash(), dripping.bytes());
      another = !takeAskedOf(1).isEmpty() || !takeAskedOf(2).isEmpty();
      for (Message.FetchPiece fetch : takeAskedOf(LIAR)) {
        if (fetch.piece() == Message.FetchPiece.MANIFEST) {
          laggard.receive(LIAR, new Message.ManifestOf(dripping, certificates(instance)));
        } else {
          open.add(fetch);
        }
      }
      if (round % 15 == 0 && !open.isEmpty()) {
        laggard.receive(
            LIAR, new Message.Piece(instance, open.get(open.size() - 1).piece(), piece));
        given++;
      }
      passPeriod();
    }
    assertThat(round).isGreaterThan(600);
    assertThat(given).isBetween(30, pieces - 10);
  }

  /** The checkpoints of the group move on faster than any of them can be fetched. */
  @Test
  void offersAreHeardHoweverManyThereWereBefore() {
    for (int i = 0; i < 20; i++) {
      passPeriod();
    }
    long newest = 0;
    long[] asked = {};
    for (int round = 0; round < 200; round++) {
      for (int peer = 1; peer < 4; peer++) {
        newest = FAR + 30L * round + 10L * peer;
        Message.Offer offer = new Message.Offer(newest, new Digest(newest, 1, 1, 1), 5_000);
        laggard.receive(peer, new Message.Offers(List.of(offer), FAR, FAR + 30L * round));
      }
      passPeriod();
      asked = LongStream.concat(LongStream.of(asked), LongStream.of(askedFor())).toArray();
    }
    assertThat(asked).isNotEmpty();
    assertThat(asked[asked.length - 1]).isGreaterThan(newest - 30L * 150);
  }
}
