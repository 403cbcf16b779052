package dev.lockstep.fabric.deliver;

import com.google.protobuf.CodedOutputStream;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;

/**
 * The methods of {@code orderer.AtomicBroadcast} with messages as bytes: stored blocks are sent as
 * they are, and what a client sent is looked at before it is parsed.
 */
public final class Wire {
  public static final String SERVICE = "orderer.AtomicBroadcast";

  private static final int STATUS_TAG = 1 << 3;
  private static final int BLOCK_TAG = 2 << 3 | 2;

  /** Envelopes in, {@code BroadcastResponse} out. */
  public static final MethodDescriptor<byte[], byte[]> BROADCAST =
      method("Broadcast", new Plain(), new Plain());

  /** Envelopes in, {@code DeliverResponse} out. */
  public static final MethodDescriptor<byte[], Message> DELIVER =
      method("Deliver", new Plain(), new Framed());

  private Wire() {}

  private static <Q, P> MethodDescriptor<Q, P> method(
      String name, MethodDescriptor.Marshaller<Q> request, MethodDescriptor.Marshaller<P> reply) {
    return MethodDescriptor.<Q, P>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(request)
        .setResponseMarshaller(reply)
        .build();
  }

  /**
   * Bytes to send, in two parts so that a large one is not copied.
   *
   * @param head before the body
   */
  public record Message(byte[] head, byte[] body) {
    int size() {
      return head.length + body.length;
    }
  }

  /** A {@code DeliverResponse} with a status. */
  static Message status(int number) {
    return new Message(field(STATUS_TAG, number), new byte[0]);
  }

  /** A {@code DeliverResponse} with a block. */
  static Message block(byte[] block) {
    return new Message(field(BLOCK_TAG, block.length), block);
  }

  private static byte[] field(int tag, int value) {
    byte[] bytes =
        new byte
            [CodedOutputStream.computeUInt32SizeNoTag(tag)
                + CodedOutputStream.computeUInt32SizeNoTag(value)];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      out.writeUInt32NoTag(tag);
      out.writeUInt32NoTag(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  private static byte[] readAll(InputStream in) {
    try {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Plain implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream in) {
      return readAll(in);
    }
  }

  private static final class Framed implements MethodDescriptor.Marshaller<Message> {
    @Override
    public InputStream stream(Message value) {
      return new Draining(value);
    }

    @Override
    public Message parse(InputStream in) {
      return new Message(new byte[0], readAll(in));
    }
  }

  /** Writes both parts straight to the network's buffers. */
  private static final class Draining extends InputStream implements KnownLength, Drainable {
    private final Message message;
    private final SequenceInputStream in;
    private int left;

    Draining(Message message) {
      this.message = message;
      in =
          new SequenceInputStream(
              new ByteArrayInputStream(message.head), new ByteArrayInputStream(message.body));
      left = message.size();
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      left -= b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int read = in.read(into, from, length);
      left -= Math.max(0, read);
      return read;
    }

    @Override
    public int available() {
      return left;
    }

    @Override
    public int drainTo(OutputStream out) throws IOException {
      int drained = left;
      if (left == message.size()) {
        out.write(message.head);
        out.write(message.body);
        left = 0;
      } else {
        in.transferTo(out);
        left = 0;
      }
      return drained;
    }
  }
}
