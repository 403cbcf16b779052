package dev.lockstep.protocol.bytes;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A SHA-256 digest as a value. Held as four longs: comparing and hashing digests is the most
 * frequent thing that the protocol does.
 */
public record Digest(long a, long b, long c, long d) implements Comparable<Digest> {
  public static final int BYTES = 32;

  /** The digest that stands for "nothing yet", for example the header before the first instance. */
  public static final Digest ZERO = new Digest(0, 0, 0, 0);

  private static final byte[] EMPTY = new byte[0];

  private static final ThreadLocal<MessageDigest> SHA256 =
      ThreadLocal.withInitial(
          () -> {
            try {
              return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
              throw new IllegalStateException("every Java platform must offer SHA-256", e);
            }
          });

  /** The SHA-256 digest of the first {@code length} bytes of {@code bytes}. */
  public static Digest hash(byte[] bytes, int length) {
    return hash(bytes, length, EMPTY);
  }

  /** The same of these bytes followed by all of {@code more}, without copying them together. */
  static Digest hash(byte[] bytes, int length, byte[] more) {
    MessageDigest sha = SHA256.get();
    sha.update(bytes, 0, length);
    sha.update(more, 0, more.length);
    ByteBuffer out = ByteBuffer.wrap(sha.digest());
    return new Digest(out.getLong(), out.getLong(), out.getLong(), out.getLong());
  }

  public static Digest hash(byte[] bytes) {
    return hash(bytes, bytes.length);
  }

  // By hand, as in ClientId and Reference: what a record is given goes through method handles that
  // are not inlined where records are nested.
  @Override
  public boolean equals(Object other) {
    return other instanceof Digest that && a == that.a && b == that.b && c == that.c && d == that.d;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(a);
  }

  @Override
  public int compareTo(Digest other) {
    int byA = Long.compareUnsigned(a, other.a);
    if (byA != 0) {
      return byA;
    }
    int byB = Long.compareUnsigned(b, other.b);
    if (byB != 0) {
      return byB;
    }
    int byC = Long.compareUnsigned(c, other.c);
    return byC != 0 ? byC : Long.compareUnsigned(d, other.d);
  }

  /** Eight hexadecimal digits, enough to tell digests apart in a trace. */
  @Override
  public String toString() {
    return String.format("%08x", (int) (a >>> 32));
  }
}
