package dev.lockstep.cli;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import java.io.InputStream;

/** A service that a user brings along, by the name of its class. */
public final class SilentService implements Service {
  /** Found by its name. */
  public SilentService() {}

  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    return null;
  }

  @Override
  public byte[] executeUnordered(byte[] command, MessageContext context) {
    return null;
  }

  @Override
  public Snapshot snapshot() {
    return out -> {};
  }

  @Override
  public void restore(InputStream in) {}
}
