package dev.lockstep.simulator.script;

import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.machine.Machine;
import dev.lockstep.simulator.machine.World;
import java.util.List;
import java.util.function.Predicate;

/** What a script can do with a replica and ask it. */
public final class ScriptedReplica {
  private final World world;
  private final int id;
  private final Machine node;
  private final Recorder recorder;

  ScriptedReplica(World world, int id, Recorder recorder) {
    this.world = world;
    this.id = id;
    this.recorder = recorder;
    node = world.node(id);
  }

  /** Kills the process. */
  public void crash() {
    node.kill(0);
  }

  /** Starts the process again with what its disk holds. */
  public void restart() {
    node.start();
  }

  /** Cuts the power: the process dies, and what is not synced may be gone. */
  public void cutPower() {
    node.powerCycle(0);
  }

  /** As {@link #cutPower}, and nothing that is not synced is there afterwards. */
  public void cutPowerLosingUnsynced() {
    node.kill(0);
    node.disk().dropUnsynced();
    node.powerCycle(0);
  }

  /** Kills the process and empties the disk. */
  public void loseDisk() {
    node.loseDisk(0);
  }

  /**
   * Kills the process and keeps only the records of the disk that match, as a careless
   * administrator could.
   */
  public void crashAndKeep(Predicate<Record> kept) {
    node.kill(0);
    node.disk().keep(kept);
  }

  /** Its disk takes nothing for so long. */
  public void fillDisk(long micros) {
    node.fillDisk(world.now() + micros);
  }

  public void pause() {
    node.pause(Long.MAX_VALUE);
  }

  public void resume() {
    node.resume();
  }

  /** The clock is wrong by this from now on. */
  public void setClock(long offMicros) {
    node.setClockOffset(offMicros);
  }

  /** Its channel to the other one is made anew; what was under way is lost. */
  public void reconnect(int other) {
    world.network().reset(id, other);
  }

  public boolean isUp() {
    return node.isUp();
  }

  public long lastDelivered() {
    return node.lastDelivered();
  }

  public long regency() {
    return node.regency();
  }

  public boolean isSynced() {
    return node.replicaOrNull() != null && node.replicaOrNull().isSynced();
  }

  public boolean isLearner() {
    return node.replicaOrNull() != null && node.replicaOrNull().isLearner();
  }

  public int pendingRequests() {
    return node.replicaOrNull() == null ? 0 : node.replicaOrNull().pendingRequests();
  }

  /** How often it counted the event since the cluster was built. */
  public long count(Event event) {
    return recorder.count(id, event);
  }

  /** What it delivered since its last start. */
  public List<Delivery> delivered() {
    return recorder.delivered(id);
  }

  /** What its disk holds. */
  public List<Record> records() {
    return node.disk().records();
  }

  public String describe() {
    return node.describe();
  }
}
