package dev.lockstep.testkit.byzantine;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;

/** Passes everything on, one receiver at a time; liars override what they corrupt. */
abstract class Passing implements Actions {
  final Actions world;

  Passing(Actions world) {
    this.world = world;
  }

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    world.send(to, message);
  }

  @Override
  public final void broadcast(Iterable<Integer> others, Message.ReplicaMessage message) {
    for (int other : others) {
      send(other, message);
    }
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    world.reply(client, message);
  }

  @Override
  public final void persist(long ticket, Record record) {
    world.persist(ticket, record);
  }

  @Override
  public final void readDecisions(int requester, long from, long to, int bytes) {
    world.readDecisions(requester, from, to, bytes);
  }

  @Override
  public final boolean storesDecisions() {
    return world.storesDecisions();
  }

  @Override
  public final void snapshot(long instance) {
    world.snapshot(instance);
  }

  @Override
  public final void checkpoint(long instance, Bytes head, boolean provisional) {
    world.checkpoint(instance, head, provisional);
  }

  @Override
  public final void publish(long instance) {
    world.publish(instance);
  }

  @Override
  public final void releaseCheckpoint(long instance) {
    world.releaseCheckpoint(instance);
  }

  @Override
  public final void truncate(long below) {
    world.truncate(below);
  }

  @Override
  public final void readPiece(int requester, long instance, int piece) {
    world.readPiece(requester, instance, piece);
  }

  @Override
  public final void receive(Checkpoint checkpoint) {
    world.receive(checkpoint);
  }

  @Override
  public final void storePiece(long instance, int piece, Bytes bytes) {
    world.storePiece(instance, piece, bytes);
  }

  @Override
  public final void install(Checkpoint checkpoint) {
    world.install(checkpoint);
  }

  @Override
  public final void signAccept(Message.Accept unsigned, byte[] statement) {
    world.signAccept(unsigned, statement);
  }

  @Override
  public final void verifyAccept(int sender, Message.Accept accept, byte[] statement) {
    world.verifyAccept(sender, accept, statement);
  }

  @Override
  public final void verifyRequest(int sender, Request request, byte[] statement) {
    world.verifyRequest(sender, request, statement);
  }

  @Override
  public final void deliver(Delivery delivery) {
    world.deliver(delivery);
  }

  @Override
  public final void read(ClientId client, Request request, int replier) {
    world.read(client, request, replier);
  }

  @Override
  public final void count(Event event, int peer) {
    world.count(event, peer);
  }

  @Override
  public final void trace(String line) {
    world.trace(line);
  }

  @Override
  public final boolean traces() {
    return world.traces();
  }

  @Override
  public final void halt(String reason) {
    world.halt(reason);
  }
}
