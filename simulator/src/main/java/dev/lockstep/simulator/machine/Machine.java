package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.simulator.Sighting;
import java.util.ArrayDeque;

/**
 * The machine of one replica: power, clock and disk, which outlive its process. Whatever can happen
 * to a machine happens here; what the process does with its time is in {@link ReplicaProcess}.
 */
public final class Machine {
  /** All clocks show this at the start, give or take their errors. */
  static final long EPOCH = 1_000_000_000_000L;

  private final World world;
  private final int id;
  private final int twin;

  /** Null when the replica is correct. */
  private final ByzantineHost host;

  private final SimDisk disk;
  private final ArrayDeque<EventQueue.Event> backlog = new ArrayDeque<>();

  /** The last process, unless it was killed; a core that halted can still be asked. */
  private ReplicaProcess process;

  private boolean up;
  private boolean paused;
  private boolean halted;

  /** It lost its votes and has not recovered yet. */
  private boolean amnesiac;

  /** How many processes there were. */
  private int lives;

  private long downUntil;
  private long pausedUntil;

  /** What the wall clock shows too much, in microseconds. */
  private long clockOffset;

  private long highestDelivered;

  /** Moments of persistence until the process dies, 0 for never; then what it does is lost. */
  private int dyingIn;

  private long dyingUntil;
  private boolean dying;
  private long fullUntil;

  Machine(World world, int id, ByzantineHost host, int twin) {
    this.world = world;
    this.id = id;
    this.host = host;
    this.twin = twin;
    disk = new SimDisk(world.config().durable());
  }

  // ---- power

  /** Starts a process if none is running. */
  public void start() {
    if (up || halted) {
      return;
    }
    lives++;
    up = true;
    dying = false;
    paused = false;
    backlog.clear();
    SimDisk.Stored newest = disk.newestOrNull();
    SimService service = new SimService();
    if (newest != null && !service.restore(newest.content())) {
      throw new IllegalStateException("a checkpoint of replica " + id + " cannot be read");
    }
    long clockBase = world.storage().nextLong(1_000_000_000L);
    StartState state = disk.open();
    if (state.kind() == StartState.Kind.LOST) {
      amnesiac = true;
    }
    process = new ReplicaProcess(world, this, service, clockBase);
    process.start(state);
    if (lives > 1) {
      world.announceRestart(id);
    }
  }

  /** The process dies; what it has written stays in the file. */
  public void kill(long until) {
    if (!up) {
      downUntil = Math.max(downUntil, until);
      return;
    }
    up = false;
    downUntil = until;
    backlog.clear();
    process = null;
    world.network().losePending(id);
    if (host == null) {
      world.saw(new Sighting.Crashed(id));
    }
    trace("dies");
  }

  /** The machine loses power. */
  public void powerCycle(long until) {
    kill(until);
    disk.powerCycle(world.storage());
    amnesiac |= disk.isLost();
  }

  /** Starts the process unless another fault keeps it down. */
  public void restartIfDue() {
    if (!up && world.now() >= downUntil) {
      start();
    }
  }

  /** The core stopped itself: it is not fed any more, but may finish the event that it is in. */
  void halt(String reason) {
    halted = true;
    up = false;
    trace("halts: " + reason);
    if (host == null) {
      world.saw(new Sighting.Halted(id, reason));
    }
  }

  // ---- dying at a moment of persistence

  /** The process dies in the middle of what it does at its so manieth moment of persistence. */
  public void killAtPersistence(int moments, long until) {
    dyingIn = moments;
    dyingUntil = until;
  }

  /** A moment at which a crash must not hurt. */
  void persistenceMoment() {
    if (dyingIn > 0 && --dyingIn == 0 && up && !world.isHealed()) {
      dying = true;
      world.happenedFault("died-at-persistence");
      dieNow();
    }
  }

  /** Whether the process is as good as dead: what it says and writes from here on is lost. */
  boolean isDying() {
    return dying;
  }

  private void dieNow() {
    ReplicaProcess doomed = process;
    world.schedule(
        world.now(),
        () -> {
          if (runs(doomed)) {
            kill(dyingUntil);
            world.schedule(Math.max(dyingUntil, world.now() + 1), this::restartIfDue);
          }
        });
  }

  // ---- the disk

  /** Writes fail until then. */
  public void fillDisk(long until) {
    fullUntil = until;
  }

  boolean isDiskFull() {
    return world.now() < fullUntil && !world.isHealed();
  }

  /** A write failed: the replica stops, loudly; somebody makes room and starts it again. */
  void stopForDisk() {
    world.happenedFault("stopped-for-disk");
    dying = true;
    dyingUntil = fullUntil;
    dieNow();
  }

  /** Bits of the vote file flip while the process is down. */
  public void rot(long until) {
    kill(until);
    if (disk.rot(world.storage())) {
      amnesiac = true;
      world.happenedFault("log-damaged");
    }
  }

  /** Bits of the newest checkpoint flip while the process is down. */
  public void rotCheckpoint(long until) {
    kill(until);
    if (disk.rotCheckpoint()) {
      world.happenedFault("checkpoint-damaged");
    }
  }

  /** The machine comes back with an empty disk. */
  public void loseDisk(long until) {
    kill(until);
    disk.lose();
    amnesiac = true;
  }

  // ---- pauses and the clock

  public void pause(long until) {
    if (up) {
      paused = true;
      pausedUntil = Math.max(pausedUntil, until);
      trace("pauses");
    }
  }

  public void resumeIfDue() {
    if (world.now() >= pausedUntil) {
      resume();
    }
  }

  /** Goes on; everything that happened meanwhile happens now, in its order. */
  public void resume() {
    pausedUntil = 0;
    if (!paused) {
      return;
    }
    paused = false;
    trace("resumes");
    for (EventQueue.Event event : backlog) {
      world.schedule(world.now(), event);
    }
    backlog.clear();
  }

  /** True when the process cannot handle this event now: it is down, or will handle it later. */
  boolean defers(EventQueue.Event event) {
    if (!up) {
      return true;
    }
    if (paused) {
      backlog.add(event);
      return true;
    }
    return false;
  }

  /** The wall clock is wrong by this from now on. */
  public void setClockOffset(long micros) {
    clockOffset = micros;
  }

  long wall() {
    return EPOCH + world.now() + clockOffset;
  }

  // ---- what its process asks and tells

  int twin() {
    return twin;
  }

  ByzantineHost hostOrNull() {
    return host;
  }

  /** Whether the process is the one that is running. */
  boolean runs(ReplicaProcess asking) {
    return up && process == asking;
  }

  void recovered() {
    amnesiac = false;
  }

  void delivered(long instance) {
    highestDelivered = Math.max(highestDelivered, instance);
  }

  // ---- what the world asks

  /** The running process. Only while it {@link #isUp}. */
  ReplicaProcess process() {
    return process;
  }

  public int id() {
    return id;
  }

  public boolean isUp() {
    return up;
  }

  boolean isAmnesiac() {
    return amnesiac;
  }

  /** The core, or null while the process is down. */
  public Replica replicaOrNull() {
    return process == null ? null : process.replica();
  }

  public long lastDelivered() {
    return process == null ? 0 : process.replica().lastDelivered();
  }

  public long regency() {
    return process == null ? 0 : process.replica().regency();
  }

  long highestDelivered() {
    return highestDelivered;
  }

  public SimDisk disk() {
    return disk;
  }

  public String describe() {
    return name()
        + (halted ? " halted" : !up ? " down" : paused ? " paused" : "")
        + (process == null ? "" : " " + process.replica().describe());
  }

  String name() {
    return world.name(id) + (twin > 0 ? "'" : "");
  }

  private void trace(String text) {
    if (world.isTracing()) {
      world.trace(name(), text);
    }
  }
}
