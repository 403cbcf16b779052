package dev.lockstep.services.counter;

import dev.lockstep.api.Snapshot;
import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.CommandService;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.services.command.SnapshotInput;
import dev.lockstep.services.command.SnapshotOutput;
import java.io.IOException;
import java.io.InputStream;

/** One number that can be added to; starts at 0. Called by {@link Counter}. */
public final class CounterService extends CommandService {
  /** What commands and replies begin with: this service, version 1. */
  static final int FORMAT = 0x11;

  private static final String NAME = "counter";
  private static final int SNAPSHOT_VERSION = 1;

  private long value;

  public CounterService() {
    super(FORMAT);
  }

  @Override
  protected void execute(int operation, ByteReader command, boolean ordered, ByteWriter reply)
      throws RefusedException {
    if (operation == CounterOperation.GET.ordinal()) {
      command.end();
    } else if (operation == CounterOperation.ADD.ordinal()) {
      mustBeOrdered(ordered);
      long summand = command.i64();
      command.end();
      value += summand;
    } else {
      throw unknownOperation(operation);
    }
    reply.i64(value);
  }

  @Override
  public Snapshot snapshot() {
    long now = value;
    return stream -> {
      SnapshotOutput out = new SnapshotOutput(stream, NAME, SNAPSHOT_VERSION);
      out.i64(now);
      out.flush();
    };
  }

  @Override
  public void restore(InputStream stream) throws IOException {
    SnapshotInput in = new SnapshotInput(stream, NAME, SNAPSHOT_VERSION);
    long restored = in.i64();
    in.end();
    value = restored;
  }
}
