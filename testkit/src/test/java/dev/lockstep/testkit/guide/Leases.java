package dev.lockstep.testkit.guide;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** "lock NAME SECONDS" takes a lock for a while, "free NAME" gives it back, "who NAME" asks. */
public final class Leases implements Service {
  private static final int LEASES_MAX = 100_000;

  private record Lease(UUID holder, long untilMicros) {}

  private final TreeMap<String, Lease> leases = new TreeMap<>();

  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    return answer(new String(command, UTF_8), context).getBytes(UTF_8);
  }

  @Override
  public byte[] executeUnordered(byte[] query, MessageContext context) {
    return answer(new String(query, UTF_8), context).getBytes(UTF_8);
  }

  private String answer(String command, MessageContext context) {
    if (!command.matches("(lock [a-z]{1,50} [0-9]{1,5}|(free|who) [a-z]{1,50})")) {
      return "error: expected \"lock NAME SECONDS\", \"free NAME\" or \"who NAME\"";
    }
    String[] words = command.split(" ");
    boolean changes = !words[0].equals("who");
    if (changes && !context.isOrdered()) {
      return "error: " + words[0] + " must be ordered";
    }
    Lease lease = leases.get(words[1]);
    boolean held = lease != null && lease.untilMicros > context.timestampMicros();
    if (!changes) {
      return held ? lease.holder.toString() : "nobody";
    }
    if (held && !lease.holder.equals(context.client())) {
      return "error: held by " + lease.holder;
    }
    if (words[0].equals("free")) {
      leases.remove(words[1]);
      return "ok";
    }
    if (lease == null && leases.size() == LEASES_MAX) {
      return "error: there are " + LEASES_MAX + " locks already";
    }
    long micros = Long.parseLong(words[2]) * 1_000_000;
    leases.put(words[1], new Lease(context.client(), context.timestampMicros() + micros));
    return "ok";
  }

  @Override
  public Snapshot snapshot() {
    Map<String, Lease> copy = new TreeMap<>(leases);
    return stream -> {
      DataOutputStream out = new DataOutputStream(stream);
      out.writeInt(copy.size());
      for (Map.Entry<String, Lease> entry : copy.entrySet()) {
        out.writeUTF(entry.getKey());
        out.writeLong(entry.getValue().holder.getMostSignificantBits());
        out.writeLong(entry.getValue().holder.getLeastSignificantBits());
        out.writeLong(entry.getValue().untilMicros);
      }
    };
  }

  @Override
  public void restore(InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    leases.clear();
    for (int left = in.readInt(); left > 0; left--) {
      String name = in.readUTF();
      leases.put(name, new Lease(new UUID(in.readLong(), in.readLong()), in.readLong()));
    }
  }
}
