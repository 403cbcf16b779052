package dev.lockstep.replica;

import dev.lockstep.network.ClientConnection;
import dev.lockstep.protocol.message.ClientId;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/** A client's connection that notes what is done with it. */
final class FakeConnection implements ClientConnection {
  private final ClientId client;
  private final EventLoop loop;
  private Object attachment;

  /** What it was sent, in order. */
  final List<byte[]> sent = new ArrayList<>();

  /** What of that has left. */
  int flushed;

  boolean isRead = true;
  boolean isWritable = true;
  boolean isClosed;

  FakeConnection(ClientId client, EventLoop loop) {
    this.client = client;
    this.loop = loop;
  }

  @Override
  public ClientId client() {
    return client;
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public boolean isWritable() {
    return isWritable;
  }

  @Override
  public void send(byte[] message) {
    sent.add(message);
  }

  @Override
  public void flush() {
    flushed = sent.size();
  }

  @Override
  public void setAutoRead(boolean on) {
    isRead = on;
  }

  @Override
  public void close() {
    isClosed = true;
  }

  @Override
  public Object attachment() {
    return attachment;
  }

  @Override
  public void attach(Object newAttachment) {
    attachment = newAttachment;
  }
}
