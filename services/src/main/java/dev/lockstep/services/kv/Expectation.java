package dev.lockstep.services.kv;

/** What must be true of a key for {@link KeyValueStore#compareAndSet} to change it. */
public final class Expectation {
  /** What is compared. The ordinal is its byte in a command: new ones go to the end. */
  enum Kind {
    ABSENT,
    VALUE,
    VERSION
  }

  private static final byte[] NONE = {};
  private static final Expectation ABSENT = new Expectation(Kind.ABSENT, NONE, 0);

  private final Kind kind;
  private final byte[] value;
  private final long version;

  private Expectation(Kind kind, byte[] value, long version) {
    this.kind = kind;
    this.value = value;
    this.version = version;
  }

  /** The key has no value. */
  public static Expectation absent() {
    return ABSENT;
  }

  /** The key has this value. It may have had others in between. */
  public static Expectation value(byte[] value) {
    return new Expectation(Kind.VALUE, value.clone(), 0);
  }

  /** The key was last written by the write that made this version. */
  public static Expectation version(long version) {
    return new Expectation(Kind.VERSION, NONE, version);
  }

  Kind kind() {
    return kind;
  }

  byte[] value() {
    return value;
  }

  long version() {
    return version;
  }
}
