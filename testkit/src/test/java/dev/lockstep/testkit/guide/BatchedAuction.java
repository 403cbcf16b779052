package dev.lockstep.testkit.guide;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.api.BatchExecutable;
import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Recoverable;
import dev.lockstep.api.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** As {@link Auction}, but every bid learns the highest one of its batch. */
public final class BatchedAuction implements BatchExecutable, Recoverable {
  private long highest;

  @Override
  public byte[][] executeOrdered(byte[][] commands, List<MessageContext> contexts) {
    for (byte[] command : commands) {
      String text = new String(command, UTF_8);
      if (text.matches("bid [0-9]{1,12}")) {
        highest = Math.max(highest, Long.parseLong(text.substring(4)));
      }
    }
    byte[][] replies = new byte[commands.length][];
    for (int i = 0; i < commands.length; i++) {
      replies[i] = executeUnordered(commands[i], contexts.get(i));
    }
    return replies;
  }

  @Override
  public byte[] executeUnordered(byte[] query, MessageContext context) {
    return Long.toString(highest).getBytes(UTF_8);
  }

  @Override
  public Snapshot snapshot() {
    long now = highest;
    return out -> new DataOutputStream(out).writeLong(now);
  }

  @Override
  public void restore(InputStream in) throws IOException {
    highest = new DataInputStream(in).readLong();
  }
}
