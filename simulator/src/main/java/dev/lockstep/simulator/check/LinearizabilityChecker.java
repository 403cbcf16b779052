package dev.lockstep.simulator.check;

import dev.lockstep.protocol.message.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.simulator.KvOperation;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Violation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * I10: the histories of correct clients, reads included, are linearizable.
 *
 * <p>Decided at the end of a run, register by register, by {@link LinearizabilitySearch}. An
 * operation whose outcome is unknown may take effect at any time after its start, or never. The
 * search is bounded by a number of steps and not by a clock, so that a seed gives the same verdict
 * on every machine; running out of steps is a violation.
 */
public final class LinearizabilityChecker implements Observer {
  /** A few seconds of work; usual runs need some thousand steps. */
  private static final long MAX_STEPS = 4_000_000;

  private static final long NEVER = Long.MAX_VALUE;

  private record Call(KvOperation operation, long start) {}

  private final long maxSteps;
  private final Map<Long, Call> open = new LinkedHashMap<>();
  private final Map<Long, List<LinearizabilitySearch.Operation>> histories = new LinkedHashMap<>();

  /** Orders starts and ends as they happened, also those at the same virtual time. */
  private long moment;

  public LinearizabilityChecker() {
    this(MAX_STEPS);
  }

  LinearizabilityChecker(long maxSteps) {
    this.maxSteps = maxSteps;
  }

  @Override
  public void invoked(long now, ClientId client, long call, boolean read, Bytes encoded) {
    KvOperation operation = KvOperation.decodeOrNull(encoded);
    // Byzantine clients write above, and their histories are not known.
    if (operation != null && operation.key() < KvOperation.FIRST_BYZANTINE_KEY) {
      open.put(call, new Call(operation, moment++));
    }
  }

  @Override
  public void returned(long now, ClientId client, long call, Bytes result) {
    Call done = open.remove(call);
    if (done == null) {
      return;
    }
    if (result.length() != 8 + done.operation.replyPadding()) {
      throw new Violation(
          "LINEARIZABLE", client + " was answered " + result + " to " + done.operation);
    }
    record(done.operation, done.start, moment++, OptionalLong.of(KvOperation.resultOf(result)));
  }

  /** The call took effect, and told its caller nothing but that. */
  public void acknowledged(long call) {
    Call done = open.remove(call);
    if (done != null) {
      record(done.operation, done.start, moment++, OptionalLong.empty());
    }
  }

  /** The call has had no effect and never will. */
  public void notExecuted(long call) {
    open.remove(call);
  }

  @Override
  public void unknown(long now, ClientId client, long call) {
    Call done = open.remove(call);
    if (done != null) {
      recordUnknown(done);
    }
  }

  private void recordUnknown(Call call) {
    if (!call.operation.isRead()) {
      record(call.operation, call.start, NEVER, OptionalLong.empty());
    }
  }

  private void record(KvOperation operation, long start, long end, OptionalLong result) {
    histories
        .computeIfAbsent(operation.key(), key -> new ArrayList<>())
        .add(new LinearizabilitySearch.Operation(operation, start, end, result));
  }

  @Override
  public void ended(long now) {
    open.values().forEach(this::recordUnknown);
    open.clear();
    long steps = maxSteps;
    for (Map.Entry<Long, List<LinearizabilitySearch.Operation>> history : histories.entrySet()) {
      LinearizabilitySearch search = new LinearizabilitySearch(history.getValue(), steps);
      LinearizabilitySearch.Verdict verdict = search.run();
      if (verdict == LinearizabilitySearch.Verdict.UNKNOWN) {
        throw new Violation(
            "LINEARIZABLE",
            "unknown: register "
                + history.getKey()
                + " with "
                + history.getValue().size()
                + " operations needs more than "
                + maxSteps
                + " steps");
      }
      if (verdict == LinearizabilitySearch.Verdict.NOT_LINEARIZABLE) {
        throw new Violation(
            "LINEARIZABLE",
            "the history of register "
                + history.getKey()
                + " is not linearizable; stuck before one of "
                + search.furthest());
      }
      steps -= search.steps();
    }
  }
}
