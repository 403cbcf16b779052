package dev.lockstep.testkit.guide;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** "bid 120" bids, "highest" asks. Both are answered by the highest bid so far. */
public final class Auction implements Service {
  private long highest;

  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    String text = new String(command, UTF_8);
    if (text.matches("bid [0-9]{1,12}")) {
      highest = Math.max(highest, Long.parseLong(text.substring(4)));
    }
    return executeUnordered(command, context);
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
