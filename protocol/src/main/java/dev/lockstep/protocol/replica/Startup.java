package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.checkpoint.CheckpointHead;
import dev.lockstep.protocol.replica.checkpoint.Checkpoints;
import dev.lockstep.protocol.replica.checkpoint.ReplicatedState;
import dev.lockstep.protocol.replica.delivery.Deliverer;
import dev.lockstep.protocol.replica.delivery.ExecutionQueue;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Values;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.rules.RestartRule;
import java.util.List;

/**
 * Takes up again what storage found: the state of a checkpoint, the decisions after it, then votes
 * and promises, which count as before.
 */
final class Startup {
  private final Clock clock;
  private final DecisionLog log;
  private final Window window;
  private final Voice voice;
  private final Incarnations incarnations;
  private final Values values;
  private final RequestPool pool;
  private final ReplicatedState protocolState;
  private final Checkpoints checkpoints;
  private final Deliverer deliverer;
  private final ExecutionQueue executing;
  private final CodecLimits codecLimits;
  private final RestartRule rule;

  /** The highest regency that this replica promised to be in. */
  private long promise;

  /** The highest instance that it voted on. */
  private long highestVoted;

  Startup(
      Clock clock,
      DecisionLog log,
      Window window,
      Voice voice,
      Incarnations incarnations,
      Values values,
      RequestPool pool,
      ReplicatedState protocolState,
      Checkpoints checkpoints,
      Deliverer deliverer,
      ExecutionQueue executing,
      CodecLimits codecLimits,
      RestartRule rule) {
    this.clock = clock;
    this.log = log;
    this.window = window;
    this.voice = voice;
    this.incarnations = incarnations;
    this.values = values;
    this.pool = pool;
    this.protocolState = protocolState;
    this.checkpoints = checkpoints;
    this.deliverer = deliverer;
    this.executing = executing;
    this.codecLimits = codecLimits;
    this.rule = rule;
  }

  /** Takes up all that counts; returns the highest regency that was promised. */
  long restore(StartState state) {
    List<Record> records = state.records();
    if (state.checkpoint() != null) {
      restore(state.checkpoint());
    }
    replay(records);
    boolean lost = state.kind() == StartState.Kind.LOST;
    for (Record record : records) {
      if (record instanceof Record.Incarnation known) {
        incarnations.acknowledge(
            new Claim(known.replica(), known.incarnation(), known.claimSignature()));
      } else if (!lost) {
        restoreVote(record);
      }
    }
    if (!lost) {
      voice.restoreVotes(highestVoted, rule);
    }
    for (Slot slot : window.slots()) {
      slot.consensus.stop(promise);
    }
    return promise;
  }

  /** Goes on from a checkpoint that storage found whole. */
  private void restore(Checkpoint checkpoint) {
    try {
      protocolState.adopt(CheckpointHead.decode(checkpoint.head(), codecLimits));
    } catch (DecodeException e) {
      throw new IllegalStateException(
          "the checkpoint at instance "
              + checkpoint.instance()
              + " cannot be read; it is of another version or another group",
          e);
    }
    checkpoints.restore(checkpoint);
  }

  /** Delivers the decisions that continue the state; others may be there, of an older or newer. */
  private void replay(List<Record> records) {
    long runFrom = 1;
    long runTo = 0;
    for (Record record : records) {
      if (record instanceof Record.Decided decided) {
        long instance = decided.batch().instance();
        runFrom = instance == runTo + 1 ? runFrom : instance;
        runTo = instance;
        if (instance == log.last() + 1) {
          deliverer.replay(decided);
        }
      }
    }
    log.setFirstStored(runTo == log.last() ? runFrom : log.last() + 1);
    executing.onReplayed(log.last());
  }

  private void restoreVote(Record record) {
    if (record instanceof Record.Promised promised) {
      promise = Math.max(promise, promised.regency());
    } else if (record instanceof Record.Wrote wrote) {
      highestVoted = Math.max(highestVoted, wrote.instance());
      if (wrote.instance() > log.last()) {
        restore(wrote);
      }
    } else if (record instanceof Record.Locked locked) {
      highestVoted = Math.max(highestVoted, locked.instance());
      if (locked.instance() > log.last()) {
        window.open(locked.instance()).consensus.restoreLock(locked.regency(), locked.digest());
      }
    } else if (record instanceof Record.Muted muted) {
      voice.restoreMuted(muted.incarnation(), muted.muteUntil());
    }
  }

  private void restore(Record.Wrote wrote) {
    Slot slot = window.open(wrote.instance());
    slot.openSince = clock.now();
    values.add(slot, wrote.batch());
    wrote.bodies().forEach(body -> pool.supply(body, false));
    slot.consensus.restoreWrote(wrote.regency(), wrote.batch().digest());
  }
}
