package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.util.List;

/**
 * The bytes that are signed. Each kind has its own label, and all name the cluster, so no signature
 * can stand for another statement (RULES 22).
 */
public final class Statements {
  private Statements() {}

  public static byte[] accept(
      Digest cluster, int view, long instance, long regency, Digest digest, int sender) {
    return new Encoder(128)
        .label("LOCKSTEP-ACCEPT")
        .digest(cluster)
        .i32(view)
        .i64(instance)
        .i64(regency)
        .digest(digest)
        .i32(sender)
        .toByteArray();
  }

  public static byte[] stopData(Digest cluster, Testimony core) {
    Encoder out = new Encoder(512).label("LOCKSTEP-STOPDATA").digest(cluster);
    core.encodeTo(out);
    return out.toByteArray();
  }

  public static byte[] sync(
      Digest cluster, long regency, int leader, List<Message.SignedTestimony> entries) {
    Encoder out = new Encoder(2048).label("LOCKSTEP-SYNC").digest(cluster).i64(regency).i32(leader);
    out.i32(entries.size());
    for (Message.SignedTestimony entry : entries) {
      entry.core().encodeTo(out);
      out.bytes(entry.signature());
    }
    return out.toByteArray();
  }

  /** A replica's claim to an incarnation (RULES 27). */
  public static byte[] incarnation(Digest cluster, int replica, long incarnation) {
    return new Encoder(96)
        .label("LOCKSTEP-INCARNATION")
        .digest(cluster)
        .i32(replica)
        .i64(incarnation)
        .toByteArray();
  }

  public static byte[] request(Digest cluster, Digest request) {
    return new Encoder(96)
        .label("LOCKSTEP-SIGNED-REQUEST")
        .digest(cluster)
        .digest(request)
        .toByteArray();
  }
}
