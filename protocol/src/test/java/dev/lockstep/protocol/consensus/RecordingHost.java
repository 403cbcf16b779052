package dev.lockstep.protocol.consensus;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes down what an instance asks for, in order, as one line each. Storage and signatures answer
 * only when the test says so.
 */
final class RecordingHost implements Consensus.Host {
  final List<String> lines = new ArrayList<>();
  boolean mayVote = true;
  private final ArrayDeque<Runnable> unsaved = new ArrayDeque<>();

  /** A value of instance 1 that only its timestamp tells from others. */
  static Batch batch(long instance, int value) {
    return new Batch(new Batch.Header(0, instance, value, Digest.ZERO, 0, Digest.ZERO), List.of());
  }

  /** What the replica's signature over its ACCEPT is in these tests. */
  static Bytes signature(int member, long regency, Digest digest) {
    return new Bytes((member + "/" + regency + "/" + digest).getBytes(StandardCharsets.US_ASCII));
  }

  /** The lines since the last call. */
  List<String> take() {
    List<String> taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }

  /** The oldest record becomes durable. */
  void save() {
    unsaved.remove().run();
  }

  int unsaved() {
    return unsaved.size();
  }

  private void note(String what, long regency, Digest digest) {
    lines.add(what + " " + regency + " " + digest);
  }

  @Override
  public void persistWrote(long instance, long regency, Batch batch, Runnable durable) {
    note("persist wrote", regency, batch.digest());
    unsaved.add(durable);
  }

  @Override
  public void persistLock(long instance, long regency, Digest digest, Runnable durable) {
    note("persist lock", regency, digest);
    unsaved.add(durable);
  }

  @Override
  public void broadcastWrite(long instance, long regency, Digest digest) {
    note("WRITE", regency, digest);
  }

  @Override
  public void broadcastAccept(long instance, long regency, Digest digest, Bytes signature) {
    note("ACCEPT", regency, digest);
  }

  @Override
  public void requestSignature(long instance, long regency, Digest digest) {
    note("sign", regency, digest);
  }

  @Override
  public void requestVerification(
      int member, long instance, long regency, Digest digest, Bytes signature) {
    note("verify " + member, regency, digest);
  }

  @Override
  public boolean mayVote(long instance, long regency) {
    return mayVote;
  }

  @Override
  public void onDecided(long instance) {
    lines.add("decided");
  }

  @Override
  public void onDoubleVote(int member) {
    lines.add("double vote of " + member);
  }

  @Override
  public void onBadSignature(int member) {
    lines.add("bad signature of " + member);
  }
}
