package dev.lockstep.simulator.script;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.simulator.machine.ClientNode;
import dev.lockstep.simulator.machine.World;

/** A correct client, around the real client core. */
public final class ScriptedClient {
  private final World world;
  private final int place;
  private final ClientNode node;

  ScriptedClient(World world, int place, ClientNode node) {
    this.world = world;
    this.place = place;
    this.node = node;
  }

  public ClientId id() {
    return node.id();
  }

  public int endpoint() {
    return world.clientEndpoint(place);
  }

  /** Starts an operation. */
  public Call submit(KvOperation operation) {
    return new Call(node, node.invoke(operation, false));
  }

  /** Starts a read that is not ordered if that can be avoided. */
  public Call read(long key) {
    return new Call(node, node.invoke(KvOperation.get(key), true));
  }

  /** Its session is replaced. */
  public void reopenSession() {
    node.reopenSession();
  }

  /** Its process crashes and another takes over. */
  public void restart() {
    node.restart();
  }

  String describe() {
    return node.describePending();
  }

  int pendingCalls() {
    return node.pendingCalls();
  }

  public boolean hasSession() {
    return node.isOpen();
  }

  /** Id of its session, or 0. */
  public long session() {
    return node.session();
  }

  /** Requests to these replicas are lost for ever. */
  public void cannotReach(Integer... replicas) {
    for (int replica : replicas) {
      world.network().kill(endpoint(), replica);
    }
  }
}
