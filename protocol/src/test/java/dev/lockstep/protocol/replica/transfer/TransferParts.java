package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message.Offer;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.replica.facts.Sources;
import dev.lockstep.protocol.replica.transfer.TransferStatus.Phase;
import dev.lockstep.protocol.rules.TransferRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a transfer is made of, at replica 2 of four, and a small checkpoint. */
final class TransferParts implements PieceFetcher.Host {
  static final long PATIENCE = 400_000;
  static final int PIECE = 8;
  static final long INSTANCE = 10;

  final PartFixture facts = new PartFixture(2);
  final Sources sources = new Sources(2, facts.views, facts.clock, PATIENCE);
  final Candidates candidates =
      new Candidates(facts.views, facts.out, facts.log, sources, TransferRule.STANDARD);
  final Phases phases = new Phases();
  final PieceFetcher pieces =
      new PieceFetcher(
          facts.genesis,
          facts.clock,
          facts.out,
          sources,
          candidates,
          facts.certificates,
          facts,
          phases,
          PATIENCE,
          PIECE,
          this);
  final List<String> told = new ArrayList<>();

  /** Ten bytes of the protocol's state, twelve of the service's. */
  final Bytes[] parts = {piece(1, 8), piece(2, 2), piece(3, 8), piece(4, 4)};

  final Manifest manifest =
      new Manifest(INSTANCE, 10, List.of(hash(0), hash(1)), 12, List.of(hash(2), hash(3)));

  private static Bytes piece(int fill, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) fill);
    return new Bytes(bytes);
  }

  private Digest hash(int part) {
    return Digest.hash(parts[part].array());
  }

  static Digest hash(String of) {
    return Digest.hash(of.getBytes(StandardCharsets.UTF_8));
  }

  List<Certificate> certificates() {
    List<Certificate> certificates = new ArrayList<>();
    for (long t = INSTANCE - PartFixture.W + 1; t <= INSTANCE; t++) {
      certificates.add(facts.chain.certificate(t));
    }
    return certificates;
  }

  void offer(int from, long instance, Digest hash) {
    candidates.onOffers(from, List.of(new Offer(instance, hash, 22)), t -> true);
  }

  /** Replicas 1 and 3 offer the checkpoint, and it is chosen. */
  void begin() {
    offer(1, INSTANCE, manifest.hash());
    offer(3, INSTANCE, manifest.hash());
    phases.moveTo(Phase.ASKING, "test");
    phases.moveTo(Phase.MANIFEST, "test");
    pieces.begin(new Candidate(1, INSTANCE, manifest.hash()));
  }

  @Override
  public void onState(Bytes state, List<Certificate> given) {
    told.add("state of " + state.length());
    phases.moveTo(Phase.RECEIVING, "test");
  }

  @Override
  public void onWhole() {
    told.add("whole");
    phases.moveTo(Phase.INSTALLING, "test");
  }

  @Override
  public void onNobody() {
    told.add("nobody");
    phases.moveTo(Phase.ASKING, "test");
    pieces.forget();
  }
}
