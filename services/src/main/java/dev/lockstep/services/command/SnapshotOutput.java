package dev.lockstep.services.command;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Writes a snapshot: a name and a version, then fields as in commands. Not thread-safe. */
public final class SnapshotOutput {
  private final DataOutputStream out;

  /**
   * @param name of the service
   * @param version of its snapshots
   */
  public SnapshotOutput(OutputStream out, String name, int version) throws IOException {
    this.out = new DataOutputStream(new BufferedOutputStream(out, 1 << 16));
    this.out.writeUTF("lockstep/" + name);
    this.out.writeByte(version);
  }

  public void i64(long value) throws IOException {
    out.writeLong(value);
  }

  public void bytes(byte[] value) throws IOException {
    out.writeInt(value.length);
    out.write(value);
  }

  /** Hands on what is buffered; call it last. */
  public void flush() throws IOException {
    out.flush();
  }
}
