package dev.lockstep.network.wire;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.ClientId;

/**
 * The first frame of each direction of a connection. Who dials says who it is; who was dialled
 * answers with its own hello, or refuses with a reason and closes. With TLS the certificate decides
 * who somebody is, and the hello must agree with it; without, the hello is all there is.
 *
 * <p>All greetings begin with the magic number and the version of the wire format, so that any
 * version can tell that the other end speaks another one.
 */
public sealed interface Greeting {
  /** "LKST". */
  int MAGIC = 0x4c4b5354;

  /** The version of everything that goes over a connection: frames, greetings, messages. */
  int VERSION = 2;

  /** Most bytes of a greeting, in any version. */
  int MOST_BYTES = 128;

  /**
   * A replica says who it is.
   *
   * @param group connections do not cross groups, nor configurations of one
   * @param view number of the newest view that the sender knows
   */
  record ReplicaHello(GroupId group, int view, int replica) implements Greeting {}

  /** A client says who it is; the fields as in {@link ReplicaHello}. */
  record ClientHello(GroupId group, int view, ClientId client) implements Greeting {}

  /**
   * The answer to a hello that is not accepted; the connection ends with it.
   *
   * @param configurationOrNull with {@link Reason#CONFIGURATION}, and only then, that of the sender
   */
  record Refusal(Reason reason, Digest configurationOrNull) implements Greeting {
    /** Refuses a value that has no bytes. */
    public Refusal {
      if ((reason == Reason.CONFIGURATION) != (configurationOrNull != null)) {
        throw new IllegalArgumentException("a refusal for " + reason);
      }
    }

    /** For every other reason. */
    public Refusal(Reason reason) {
      this(reason, null);
    }
  }

  /** A greeting of a version that this code does not speak; only its version is known. */
  record OtherVersion(int version) implements Greeting {}

  /** Why a hello is refused. The order is part of the wire format. */
  enum Reason {
    /** The dialler speaks another version of the wire format. */
    VERSION("speaks another version of the wire format"),
    /** The dialler belongs to another cluster. */
    CLUSTER("belongs to another cluster"),
    /** A client at the port for replicas, or a replica at the port for clients. */
    ROLE("expects clients where we are a replica, or the other way round"),
    /** The hello does not agree with the certificate. */
    IDENTITY("finds that our certificate is not that of who we say we are"),
    /** No such replica is a member, or none is expected to dial here. */
    MEMBERSHIP("does not expect a connection from us"),
    /** There are too many connections, in total or of this client. */
    FULL("has too many connections"),
    /** The dialler's cluster.yaml is not the same. */
    CONFIGURATION("has another cluster.yaml than we");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** Follows "the other end ..." in a sentence. */
    public String text() {
      return text;
    }
  }

  /** The canonical bytes. */
  default byte[] encode() {
    Encoder out = new Encoder(MOST_BYTES).i32(MAGIC);
    if (this instanceof ReplicaHello hello) {
      out.u8(VERSION).u8(Kind.REPLICA.ordinal()).digest(hello.group.cluster());
      out.digest(hello.group.configuration()).i32(hello.view).i32(hello.replica);
    } else if (this instanceof ClientHello hello) {
      out.u8(VERSION).u8(Kind.CLIENT.ordinal()).digest(hello.group.cluster());
      out.digest(hello.group.configuration()).i32(hello.view);
      out.i64(hello.client.high()).i64(hello.client.low());
    } else if (this instanceof Refusal refusal) {
      out.u8(VERSION).u8(Kind.REFUSAL.ordinal()).u8(refusal.reason.ordinal());
      if (refusal.configurationOrNull != null) {
        out.digest(refusal.configurationOrNull);
      }
    } else {
      throw new IllegalStateException("a greeting of another version is only ever read");
    }
    return out.toByteArray();
  }

  /**
   * Reads a greeting.
   *
   * @throws DecodeException if these are not the canonical bytes of one; of another version only
   *     the beginning is judged
   */
  static Greeting decode(byte[] bytes) throws DecodeException {
    Decoder in = new Decoder(bytes, CodecLimits.DEFAULTS);
    if (bytes.length > MOST_BYTES) {
      throw in.refuse("a greeting of " + bytes.length + " bytes");
    }
    if (in.i32() != MAGIC) {
      throw in.refuse("not a greeting");
    }
    int version = in.u8();
    if (version != VERSION) {
      return new OtherVersion(version);
    }
    Greeting greeting =
        switch (in.oneOf(Kind.values(), "greeting")) {
          case REPLICA -> {
            GroupId group = group(in);
            int view = view(in);
            int replica = in.i32();
            if (replica < 0) {
              throw in.refuse("replica " + replica);
            }
            yield new ReplicaHello(group, view, replica);
          }
          case CLIENT -> {
            GroupId group = group(in);
            int view = view(in);
            yield new ClientHello(group, view, new ClientId(in.i64(), in.i64()));
          }
          case REFUSAL -> {
            Reason reason = in.oneOf(Reason.values(), "reason");
            yield new Refusal(reason, reason == Reason.CONFIGURATION ? in.digest() : null);
          }
        };
    in.end();
    return greeting;
  }

  private static GroupId group(Decoder in) throws DecodeException {
    return new GroupId(in.digest(), in.digest());
  }

  private static int view(Decoder in) throws DecodeException {
    int view = in.i32();
    if (view < 0) {
      throw in.refuse("view " + view);
    }
    return view;
  }

  /** What a greeting is; the order is part of the wire format. */
  enum Kind {
    REPLICA,
    CLIENT,
    REFUSAL
  }
}
