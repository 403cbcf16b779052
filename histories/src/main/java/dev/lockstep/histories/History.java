package dev.lockstep.histories;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * What clients asked of registers and were answered, in the order in which it happened; and whether
 * that is linearizable, reads included.
 *
 * <p>Judged once, when nothing is under way any more, register by register: by the order of the
 * log, which is a {@link LogWitness} as a rule, if a log was told, and else by {@link
 * LinearizabilitySearch}. An operation whose outcome is unknown may take effect at any time after
 * its start, or never. The search is bounded by a number of steps and not by a clock, so that a
 * history has the same verdict on every machine; running out of steps is a violation.
 *
 * <p>Safe for any number of threads: call {@link #invoked} before an operation leaves, and the
 * others once its outcome is known.
 */
public final class History {
  /** A few seconds of work; usual histories need some thousand steps. */
  private static final long MAX_STEPS = 4_000_000;

  private static final long NEVER = Long.MAX_VALUE;

  private static final ClientId ANYBODY = new ClientId(0, 0);

  /** An operation that was asked for: the handle for its outcome. */
  public static final class Call {
    private final Asked asked;
    private final long start;

    private Call(Asked asked, long start) {
      this.asked = asked;
      this.start = start;
    }

    /** What was asked for. */
    public KvOperation operation() {
      return asked.operation;
    }
  }

  /** Whose operation; calls of a client for the same one are told apart by their results. */
  private record Asked(ClientId client, KvOperation operation) {}

  private record Recorded(Asked asked, LinearizabilitySearch.Operation operation) {}

  /**
   * An operation of the log.
   *
   * @param answer what the reference answers there
   */
  private record Logged(int place, long answer) {}

  private final long maxSteps;
  private final Set<Call> open = new LinkedHashSet<>();
  private final Map<Long, List<Recorded>> histories = new LinkedHashMap<>();

  private final Map<Asked, List<Logged>> log = new HashMap<>();
  private final KvModel service = new KvModel();
  private int logged;

  /** Orders starts and ends as they happened, also those of the same time. */
  private long moment;

  /** A history without calls. */
  public History() {
    this(MAX_STEPS);
  }

  History(long maxSteps) {
    this.maxSteps = maxSteps;
  }

  /** An operation begins, of a client that no log will name. */
  public Call invoked(KvOperation operation) {
    return invoked(ANYBODY, operation);
  }

  /** An operation of a client begins. */
  public synchronized Call invoked(ClientId client, KvOperation operation) {
    Call call = new Call(new Asked(client, operation), moment++);
    open.add(call);
    return call;
  }

  /** The operation answered this number: see {@link KvOperation}. */
  public synchronized void returned(Call call, long answer) {
    end(call, moment++, OptionalLong.of(answer));
  }

  /** The operation took effect, and told its caller nothing but that. */
  public synchronized void acknowledged(Call call) {
    end(call, moment++, OptionalLong.empty());
  }

  /** The operation has had no effect and never will. */
  public synchronized void notExecuted(Call call) {
    open.remove(call);
  }

  /** The operation failed, and may be executed or not, at any time. */
  public synchronized void unknown(Call call) {
    if (call.operation().isRead()) {
      open.remove(call);
    } else {
      end(call, NEVER, OptionalLong.empty());
    }
  }

  /** The next operation in the order that the group agreed on; a malformed one changes nothing. */
  public synchronized void decided(ClientId client, Bytes encoded) {
    KvOperation operation = KvOperation.decodeOrNull(encoded);
    if (operation != null) {
      long answer = KvOperation.resultOf(service.execute(encoded));
      log.computeIfAbsent(new Asked(client, operation), asked -> new ArrayList<>(1))
          .add(new Logged(logged++, answer));
    }
  }

  private void end(Call call, long end, OptionalLong result) {
    if (!open.remove(call)) {
      throw new IllegalStateException("the outcome of " + call.operation() + " is known already");
    }
    histories
        .computeIfAbsent(call.operation().key(), key -> new ArrayList<>())
        .add(
            new Recorded(
                call.asked,
                new LinearizabilitySearch.Operation(call.operation(), call.start, end, result)));
  }

  /**
   * Judges the whole history, once. What is still under way is of unknown outcome.
   *
   * @return why it is not linearizable; empty if it is
   */
  public synchronized Optional<String> violation() {
    new ArrayList<>(open).forEach(this::unknown);
    long steps = maxSteps;
    for (Map.Entry<Long, List<Recorded>> history : histories.entrySet()) {
      if (isLinearizableAsLogged(history.getValue())) {
        continue;
      }
      LinearizabilitySearch search =
          new LinearizabilitySearch(
              history.getValue().stream().map(Recorded::operation).toList(), steps);
      LinearizabilitySearch.Verdict verdict = search.run();
      if (verdict != LinearizabilitySearch.Verdict.LINEARIZABLE) {
        return Optional.of(sentence(history.getKey(), history.getValue().size(), search, verdict));
      }
      steps -= search.steps();
    }
    return Optional.empty();
  }

  private String sentence(
      long register,
      int operations,
      LinearizabilitySearch search,
      LinearizabilitySearch.Verdict verdict) {
    return verdict == LinearizabilitySearch.Verdict.UNKNOWN
        ? "unknown: register %d with %d operations needs more than %d steps"
            .formatted(register, operations, maxSteps)
        : "the history of register %d is not linearizable; stuck before one of %s"
            .formatted(register, search.furthest());
  }

  private boolean isLinearizableAsLogged(List<Recorded> history) {
    LogWitness witness = new LogWitness();
    TreeMap<Integer, LinearizabilitySearch.Operation> ordered = new TreeMap<>();
    List<Recorded> calls = new ArrayList<>(history);
    // Calls of unknown outcome get what is left: perhaps nothing, then they had no effect.
    calls.sort(Comparator.comparing(call -> call.operation.result().isEmpty()));
    for (Recorded call : calls) {
      LinearizabilitySearch.Operation operation = call.operation;
      if (operation.operation().isRead()) {
        witness.addRead(operation);
        continue;
      }
      Logged found = find(call);
      if (found != null) {
        ordered.put(found.place, operation);
      } else if (!operation.isUnknown()) {
        return false;
      }
    }
    ordered.values().forEach(witness::addOrdered);
    return witness.isLinearizable();
  }

  /** Where the log has the call, for no other call from now on; null if it has not. */
  private Logged find(Recorded call) {
    OptionalLong result = call.operation.result();
    List<Logged> places = log.getOrDefault(call.asked, List.of());
    for (int i = 0; i < places.size(); i++) {
      if (result.isEmpty() || result.getAsLong() == places.get(i).answer) {
        return places.remove(i);
      }
    }
    return null;
  }
}
