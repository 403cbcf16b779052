package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Sighting;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The storage of one process: what it wants written, read and confirmed takes its time on the
 * {@link SimDisk} of its machine. A machine may die at each moment of persistence, and then half of
 * what was under way is lost.
 */
final class SimStorage {
  /** The record with this ticket is confirmed once so many records are durable. */
  private record Awaited(long ticket, int records) {}

  private final World world;
  private final Machine machine;
  private final ReplicaProcess process;
  private final SimExecution execution;
  private final SimDisk disk;
  private final int pieceBytes;

  /** Ascending. */
  private final ArrayDeque<Awaited> awaited = new ArrayDeque<>();

  private boolean confirmationDue;
  private boolean syncing;

  SimStorage(World world, Machine machine, ReplicaProcess process, SimExecution execution) {
    this.world = world;
    this.machine = machine;
    this.process = process;
    this.execution = execution;
    disk = machine.disk();
    pieceBytes = world.config().checkpointing().pieceBytes();
  }

  /** A time around the mean, with a tail. */
  static long around(SplittableRandom random, int mean) {
    long time = mean / 2 + random.nextInt(mean + 1);
    return (random.nextInt() & 63) == 0 ? time * 8 : time;
  }

  private long whenSynced() {
    return world.now() + around(world.storage(), world.config().network().fsync());
  }

  /** Whether what happens now is lost because the machine dies with it. */
  private boolean isLost() {
    machine.persistenceMoment();
    return machine.isDying() && world.storage().nextBoolean();
  }

  private boolean isRefused() {
    if (machine.isDiskFull()) {
      machine.stopForDisk();
      return true;
    }
    return false;
  }

  // ---- records

  void persist(long ticket, Record record) {
    process.noteProved();
    boolean written = world.flaw().writes(record);
    if (machine.isDying()) {
      return; // in truth it died before it came to this: what it sent before was not seen either
    }
    if (process.isCorrect() && written) {
      world.saw(new Sighting.Persisting(machine.id(), ticket, record));
    }
    if (isLost() || isRefused()) {
      return;
    }
    if (written) {
      disk.append(record);
    }
    awaited.add(new Awaited(ticket, disk.size()));
    if (!written || !world.flaw().waitsFor(record)) {
      process.at(world.now(), () -> process.replica().onPersisted(ticket));
    }
    maybeSync();
    maybeConfirm();
  }

  private void maybeSync() {
    if (!syncing && disk.wantsSync()) {
      syncing = true;
      int upTo = disk.size();
      process.at(whenSynced(), () -> synced(upTo));
    }
  }

  /** An fsync is done that covers the records below {@code upTo}. */
  private void synced(int upTo) {
    if (isLost()) {
      return;
    }
    disk.onSynced(upTo);
    syncing = false;
    maybeSync();
    maybeConfirm();
  }

  private boolean isConfirmable() {
    return !awaited.isEmpty() && awaited.peek().records <= disk.durableCount();
  }

  private void maybeConfirm() {
    if (!confirmationDue && isConfirmable()) {
      confirmationDue = true;
      process.at(world.now() + 1 + world.hardware().nextInt(10), this::confirm);
    }
  }

  private void confirm() {
    confirmationDue = false;
    machine.persistenceMoment();
    if (machine.isDying() || !isConfirmable()) {
      return;
    }
    long ticket = 0;
    while (isConfirmable()) {
      ticket = awaited.poll().ticket;
    }
    if (process.isCorrect()) {
      world.saw(new Sighting.Persisted(machine.id(), ticket));
    }
    process.replica().onPersisted(ticket);
  }

  void readDecisions(int requester, long from, long to, int bytes) {
    long at = whenSynced();
    List<Record.Decided> decisions = disk.read(from, to, bytes);
    process.at(at, () -> process.replica().onDecisionsRead(requester, from, decisions));
  }

  void truncate(long below) {
    if (machine.isDying()) {
      return;
    }
    int dropped = disk.truncate(below);
    if (process.isCorrect()) {
      world.saw(new Sighting.Truncated(machine.id(), dropped));
    }
  }

  // ---- checkpoints

  /** After about as long as an fsync takes. */
  private void whenStored(Runnable then) {
    process.at(whenSynced(), () -> stored(then));
  }

  private void stored(Runnable then) {
    if (isLost() || isRefused()) {
      return;
    }
    then.run();
    machine.persistenceMoment();
  }

  void checkpoint(long instance, Bytes head, boolean provisional) {
    byte[] content = execution.takeSnapshot();
    Checkpoint checkpoint =
        new Checkpoint(instance, head, content.length, SimDisk.digests(content, pieceBytes));
    boolean waits = world.flaw().waitsForCheckpoints();
    if (!waits) {
      process.at(world.now(), () -> process.replica().onCheckpointed(checkpoint));
    }
    whenStored(
        () -> {
          disk.store(new SimDisk.Stored(checkpoint, content), provisional);
          if (waits) {
            process.replica().onCheckpointed(checkpoint);
          }
        });
  }

  void publish(long instance) {
    whenStored(
        () -> {
          disk.publish(instance);
          process.replica().onPublished(instance);
          process.noteProved();
        });
  }

  void releaseCheckpoint(long instance) {
    disk.release(instance);
  }

  void readPiece(int requester, long instance, int piece) {
    SimDisk.Stored stored = disk.checkpointOrNull(instance);
    if (stored == null) {
      throw new IllegalStateException(
          "no checkpoint of " + instance + " at replica " + machine.id());
    }
    Bytes bytes = SimDisk.piece(stored.content(), piece, pieceBytes);
    whenStored(() -> process.replica().onPieceRead(requester, instance, piece, bytes));
  }

  void receive(Checkpoint checkpoint) {
    whenReceived(
        checkpoint.instance(),
        () -> process.replica().onReceiving(checkpoint.instance(), disk.receive(checkpoint)));
  }

  void storePiece(long instance, int piece, Bytes bytes) {
    disk.put(piece, bytes);
    whenReceived(instance, () -> process.replica().onPieceStored(instance, piece));
  }

  /** A disk that has no room for the state of others stops nobody. */
  private void whenReceived(long instance, Runnable then) {
    process.at(
        whenSynced(),
        () -> {
          if (machine.isDiskFull()) {
            process.replica().onReceiveFailed(instance);
          } else {
            stored(then);
          }
        });
  }

  /** The service takes up what was received, in its turn. */
  void install(Checkpoint checkpoint) {
    SimDisk.Stored whole = disk.whole();
    process.at(
        execution.slot(1),
        () ->
            stored(
                () -> {
                  process.becameTentative();
                  process
                      .replica()
                      .onInstalled(checkpoint.instance(), execution.restore(whole.content()));
                }));
  }
}
