package dev.lockstep.protocol.message;

/**
 * The identity of a client: 128 bits derived from the key of its certificate. Sessions belong to
 * identities.
 */
public record ClientId(long high, long low) implements Comparable<ClientId> {
  @Override
  public boolean equals(Object other) {
    return other instanceof ClientId that && high == that.high && low == that.low;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(high ^ low);
  }

  @Override
  public int compareTo(ClientId other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    return high == 0 ? "c" + low : String.format("c%x-%x", high, low);
  }
}
