package dev.lockstep.simulator.check;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.simulator.KvOperation;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Violation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * I10: the histories of correct clients, reads included, are linearizable.
 *
 * <p>Decided at the end of a run, register by register: by the order of the log, which is a {@link
 * LogWitness} as a rule, and else by {@link LinearizabilitySearch}. An operation whose outcome is
 * unknown may take effect at any time after its start, or never. The search is bounded by a number
 * of steps and not by a clock, so that a seed gives the same verdict on every machine; running out
 * of steps is a violation.
 */
public final class LinearizabilityChecker implements Observer {
  /** A few seconds of work; usual runs need some thousand steps. */
  private static final long MAX_STEPS = 4_000_000;

  private static final long NEVER = Long.MAX_VALUE;

  private record Call(ClientId client, Bytes encoded, KvOperation operation, long start) {}

  /** Whose operation; calls of a client for the same one are told apart by their results. */
  private record Asked(ClientId client, Bytes encoded) {}

  private record Recorded(Asked asked, LinearizabilitySearch.Operation operation) {}

  /**
   * An operation of the log.
   *
   * @param answer what the reference answers there
   */
  private record Logged(int place, long answer) {}

  private final long maxSteps;
  private final Map<Long, Call> open = new LinkedHashMap<>();
  private final Map<Long, List<Recorded>> histories = new LinkedHashMap<>();

  private final Map<Asked, List<Logged>> log = new HashMap<>();
  private final KvModel service = new KvModel();
  private long delivered;
  private int logged;

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
      open.put(call, new Call(client, encoded, operation, moment++));
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
    record(done, moment++, OptionalLong.of(KvOperation.resultOf(result)));
  }

  /** The call took effect, and told its caller nothing but that. */
  public void acknowledged(long call) {
    Call done = open.remove(call);
    if (done != null) {
      record(done, moment++, OptionalLong.empty());
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
      record(call, NEVER, OptionalLong.empty());
    }
  }

  private void record(Call call, long end, OptionalLong result) {
    histories
        .computeIfAbsent(call.operation.key(), key -> new ArrayList<>())
        .add(
            new Recorded(
                new Asked(call.client, call.encoded),
                new LinearizabilitySearch.Operation(call.operation, call.start, end, result)));
  }

  @Override
  public void delivered(long now, int replica, Delivery delivery) {
    if (delivery.instance() != delivered + 1) {
      return;
    }
    delivered++;
    for (Delivery.Command command : delivery.commands()) {
      Request request = command.request();
      Bytes result = service.execute(request.operation());
      if (result.length() > 0) {
        log.computeIfAbsent(
                new Asked(request.client(), request.operation()), asked -> new ArrayList<>(1))
            .add(new Logged(logged++, KvOperation.resultOf(result)));
      }
    }
  }

  @Override
  public void ended(long now) {
    open.values().forEach(this::recordUnknown);
    open.clear();
    long steps = maxSteps;
    for (Map.Entry<Long, List<Recorded>> history : histories.entrySet()) {
      if (!isLinearizableAsLogged(history.getValue())) {
        steps -= search(history.getKey(), history.getValue(), steps);
      }
    }
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

  /** Returns the steps that it took. */
  private long search(long register, List<Recorded> history, long steps) {
    LinearizabilitySearch search =
        new LinearizabilitySearch(history.stream().map(Recorded::operation).toList(), steps);
    LinearizabilitySearch.Verdict verdict = search.run();
    if (verdict == LinearizabilitySearch.Verdict.UNKNOWN) {
      throw new Violation(
          "LINEARIZABLE",
          "unknown: register "
              + register
              + " with "
              + history.size()
              + " operations needs more than "
              + maxSteps
              + " steps");
    }
    if (verdict == LinearizabilitySearch.Verdict.NOT_LINEARIZABLE) {
      throw new Violation(
          "LINEARIZABLE",
          "the history of register "
              + register
              + " is not linearizable; stuck before one of "
              + search.furthest());
    }
    return search.steps();
  }
}
