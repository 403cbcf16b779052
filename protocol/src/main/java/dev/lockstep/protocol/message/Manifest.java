package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.util.List;

/**
 * What a checkpoint is made of: the protocol's state and the service's, both cut into pieces of the
 * same size. Nothing in it differs between correct replicas that took one at the same instance, so
 * {@link #hash} is the hash of the state.
 *
 * @param stateBytes length of the protocol's state
 * @param contentBytes length of the service's state
 */
public record Manifest(
    long instance,
    int stateBytes,
    List<Digest> statePieces,
    long contentBytes,
    List<Digest> contentPieces) {
  public Manifest {
    statePieces = List.copyOf(statePieces);
    contentPieces = List.copyOf(contentPieces);
  }

  /** Whether the numbers of pieces are those of the lengths. Total: any numbers give an answer. */
  public boolean isConsistent(int pieceBytes) {
    return instance >= 1
        && stateBytes >= 0
        && contentBytes >= 0
        && statePieces.size() == pieces(stateBytes, pieceBytes)
        && contentPieces.size() == pieces(contentBytes, pieceBytes);
  }

  private static long pieces(long bytes, int pieceBytes) {
    return bytes / pieceBytes + (bytes % pieceBytes == 0 ? 0 : 1);
  }

  /** Length of the whole state. */
  public long bytes() {
    return stateBytes + contentBytes;
  }

  /** Pieces are counted through: first those of the protocol's state, then the service's. */
  public int size() {
    return statePieces.size() + contentPieces.size();
  }

  public Digest piece(int index) {
    return index < statePieces.size()
        ? statePieces.get(index)
        : contentPieces.get(index - statePieces.size());
  }

  /** Length of a piece. */
  public int pieceLength(int index, int pieceBytes) {
    boolean state = index < statePieces.size();
    long total = state ? stateBytes : contentBytes;
    long from = (long) (state ? index : index - statePieces.size()) * pieceBytes;
    return (int) Math.min(pieceBytes, total - from);
  }

  void encodeTo(Encoder out) {
    out.i64(instance).i32(stateBytes);
    Elements.putDigests(out, statePieces);
    out.i64(contentBytes);
    Elements.putDigests(out, contentPieces);
  }

  /** Hash of the whole state after this instance. */
  public Digest hash() {
    Encoder out = new Encoder(128 + size() * Digest.BYTES).label("LOCKSTEP-CHECKPOINT");
    encodeTo(out);
    return out.hash();
  }
}
