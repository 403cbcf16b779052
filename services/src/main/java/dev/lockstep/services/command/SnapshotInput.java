package dev.lockstep.services.command;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Reads what {@link SnapshotOutput} wrote. Not thread-safe. */
public final class SnapshotInput {
  private final String name;
  private final DataInputStream in;

  /**
   * @throws IOException if it is not a snapshot of this service in this version
   */
  public SnapshotInput(InputStream in, String name, int version) throws IOException {
    this.name = name;
    this.in = new DataInputStream(new BufferedInputStream(in, 1 << 16));
    String found = this.in.readUTF();
    if (!found.equals("lockstep/" + name)) {
      throw refuse("it starts with \"" + found + "\"");
    }
    int foundVersion = this.in.readUnsignedByte();
    if (foundVersion != version) {
      throw refuse("its version is " + foundVersion + ", only " + version + " is understood");
    }
  }

  /** The exception that refuses the snapshot. */
  public IOException refuse(String reason) {
    return new IOException("This is not a snapshot of the service " + name + ": " + reason + ".");
  }

  public long i64() throws IOException {
    return in.readLong();
  }

  /** A number of things to come. */
  public long count() throws IOException {
    long count = in.readLong();
    if (count < 0) {
      throw refuse("it claims " + count + " entries");
    }
    return count;
  }

  public byte[] bytes(int most) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > most) {
      throw refuse("a length in it is " + length + ", not from 0 to " + most);
    }
    byte[] value = in.readNBytes(length);
    if (value.length < length) {
      throw new EOFException("The snapshot of the service " + name + " ends too early.");
    }
    return value;
  }

  /** Checks that everything has been read. */
  public void end() throws IOException {
    if (in.read() >= 0) {
      throw refuse("more follows after its end");
    }
  }
}
