package dev.lockstep.testkit.guide;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Replier;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.TreeSet;
import java.util.UUID;

/** An empty command joins the chat, any other is said to all who have joined. */
public final class Chat implements Service {
  private final TreeSet<UUID> members = new TreeSet<>();

  /** The result is who is to hear the command; the replier makes pushes out of it. */
  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    if (command.length == 0) {
      members.add(context.client());
      return new byte[0];
    }
    ByteBuffer listeners = ByteBuffer.allocate(16 * members.size());
    for (UUID member : members) {
      listeners.putLong(member.getMostSignificantBits()).putLong(member.getLeastSignificantBits());
    }
    return listeners.array();
  }

  /** Pushes what was said to all listeners, and tells the speaker how many there were. */
  static final class Speaker implements Replier {
    @Override
    public byte[] reply(MessageContext context, byte[] command, byte[] result, Outbox outbox) {
      ByteBuffer listeners = ByteBuffer.wrap(result);
      while (listeners.hasRemaining()) {
        outbox.push(new UUID(listeners.getLong(), listeners.getLong()), command);
      }
      return ByteBuffer.allocate(4).putInt(result.length / 16).array();
    }
  }

  @Override
  public byte[] executeUnordered(byte[] query, MessageContext context) {
    return new byte[0];
  }

  @Override
  public Snapshot snapshot() {
    TreeSet<UUID> copy = new TreeSet<>(members);
    return stream -> {
      DataOutputStream out = new DataOutputStream(stream);
      out.writeInt(copy.size());
      for (UUID member : copy) {
        out.writeLong(member.getMostSignificantBits());
        out.writeLong(member.getLeastSignificantBits());
      }
    };
  }

  @Override
  public void restore(InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    members.clear();
    for (int left = in.readInt(); left > 0; left--) {
      members.add(new UUID(in.readLong(), in.readLong()));
    }
  }
}
