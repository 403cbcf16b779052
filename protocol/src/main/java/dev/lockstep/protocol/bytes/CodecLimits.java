package dev.lockstep.protocol.bytes;

/**
 * The most that a decoder accepts of everything that can be many or long. These bound what a peer
 * can make a replica allocate; whether a message is valid is for the rules to say, and they may be
 * stricter. A message of a correct replica always fits the limits of its view.
 *
 * @param operationBytes most bytes of an operation
 * @param resultBytes most bytes of a result
 * @param signatureBytes most bytes of a signature
 * @param batchRequests most requests in a batch, and so most bodies that come along with one
 * @param listedRequests most digests of requests in a message that is a list of them
 * @param votes most votes in a certificate
 * @param entries most entries in a SYNC: the members of both views while a new one is pending
 * @param window most instances open at a time (W)
 * @param writtenPairs most pairs in a write set
 */
public record CodecLimits(
    int operationBytes,
    int resultBytes,
    int signatureBytes,
    int batchRequests,
    int listedRequests,
    int votes,
    int entries,
    int window,
    int writtenPairs) {

  /** Most replicas in a view. */
  private static final int MEMBERS = 64;

  /** Room for every signature scheme in use: Ed25519 takes 64 bytes, RSA with 4096 bits 512. */
  private static final int SIGNATURE_BYTES = 512;

  /**
   * Most requests in a message that only carries them. They are hashed, and perhaps their clients'
   * signatures are checked, so a message with many is a lot of work; more go in several.
   */
  public static final int CARRIED_REQUESTS = 64;

  /** Length of the operation of an OPEN, which any view lets through. */
  static final int OPEN_BYTES = 24;

  /** Most checkpoints that a replica offers at a time. */
  public static final int OFFERS = 8;

  /** Most bytes of a piece of a checkpoint. */
  public static final int PIECE_BYTES = 1 << 20;

  /** Most pieces of a checkpoint: with the largest ones, 256 GiB. */
  public static final int PIECES = 1 << 18;

  /**
   * A correct write set has one pair for each regency at most, so it grows as long as regencies
   * change and the instance is not decided. With the default timers this many take two weeks.
   */
  private static final int WRITTEN_PAIRS = 1 << 16;

  /** Fit a view with default limits and any window. */
  public static final CodecLimits DEFAULTS =
      new CodecLimits(
          100_000,
          64 << 20,
          SIGNATURE_BYTES,
          1024,
          1024,
          MEMBERS,
          2 * MEMBERS,
          1024,
          WRITTEN_PAIRS);

  public CodecLimits {
    positive("operationBytes", operationBytes);
    positive("resultBytes", resultBytes);
    positive("signatureBytes", signatureBytes);
    positive("batchRequests", batchRequests);
    positive("listedRequests", listedRequests);
    positive("votes", votes);
    positive("entries", entries);
    positive("window", window);
    positive("writtenPairs", writtenPairs);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + " but must be at least 1");
    }
  }

  /**
   * What the messages of one view need.
   *
   * @param requestBytes most bytes of an operation
   * @param replyBytes most bytes of a result
   */
  public static CodecLimits of(int requestBytes, int replyBytes, int batchRequests, int window) {
    return new CodecLimits(
        Math.max(OPEN_BYTES, requestBytes),
        Math.max(1, replyBytes),
        SIGNATURE_BYTES,
        Math.max(1, batchRequests),
        Math.max(CARRIED_REQUESTS, batchRequests),
        MEMBERS,
        2 * MEMBERS,
        window,
        WRITTEN_PAIRS);
  }

  /**
   * The larger of each: decisions of earlier views are still fetched and read when a view with
   * smaller limits is in force.
   */
  public CodecLimits covering(CodecLimits other) {
    return new CodecLimits(
        Math.max(operationBytes, other.operationBytes),
        Math.max(resultBytes, other.resultBytes),
        Math.max(signatureBytes, other.signatureBytes),
        Math.max(batchRequests, other.batchRequests),
        Math.max(listedRequests, other.listedRequests),
        Math.max(votes, other.votes),
        Math.max(entries, other.entries),
        Math.max(window, other.window),
        Math.max(writtenPairs, other.writtenPairs));
  }

  /** Most certificates that come with one STOPDATA: for its prefix and above gaps. */
  public int certificatesPerEntry() {
    return saturated(2L * window);
  }

  /** Most certificates that come with a SYNC. */
  public int certificates() {
    return saturated(2L * window * entries);
  }

  /** Most values that come with a SYNC. */
  public int values() {
    return saturated(2L * window);
  }

  private static int saturated(long value) {
    return (int) Math.min(Integer.MAX_VALUE, value);
  }
}
