package dev.lockstep.testkit.guide;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Replier;
import dev.lockstep.api.RequestVerifier;
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
public final class Chat implements Service, Replier, RequestVerifier {
  private static final int MEMBERS_MAX = 1000;

  private final TreeSet<UUID> members = new TreeSet<>();

  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    if (command.length == 0 && members.size() < MEMBERS_MAX) {
      members.add(context.client());
    }
    return ByteBuffer.allocate(4).putInt(members.size()).array();
  }

  @Override
  public byte[] reply(MessageContext context, byte[] command, byte[] result, Outbox outbox) {
    if (command.length > 0) {
      members.forEach(member -> outbox.push(member, command));
    }
    return result;
  }

  @Override
  public boolean isValid(UUID client, byte[] command) {
    return command.length <= 200;
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
