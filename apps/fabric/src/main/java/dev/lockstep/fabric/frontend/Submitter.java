package dev.lockstep.fabric.frontend;

import com.google.protobuf.ByteString;
import dev.lockstep.api.Invoker;
import dev.lockstep.fabric.node.Commands;
import dev.lockstep.fabric.node.Commands.Verdict;
import dev.lockstep.services.command.RefusedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.hyperledger.fabric.protos.common.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the group order envelopes, in the order in which they come. While two commands are under
 * way, envelopes are gathered, and leave together: an idle frontend sends each at once, a busy one
 * many in one command. Thread-safe.
 */
final class Submitter {
  private static final Logger LOG = LoggerFactory.getLogger(Submitter.class);

  /** With more, a busy frontend would send many small commands, and each costs an agreement. */
  private static final int UNDER_WAY = 2;

  /** More than what an envelope has around it in a command. */
  private static final int OVERHEAD_BYTES = 16;

  private final Invoker group;
  private final int commandBytes;

  /** Guarded by itself. */
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();

  private int underWay;

  private record Waiting(ByteString envelope, CompletableFuture<Verdict> verdict) {}

  /**
   * @param commandBytes most bytes of a command; one that is larger all alone is sent all the same,
   *     and the group says what it thinks of it
   */
  Submitter(Invoker group, int commandBytes) {
    this.group = group;
    this.commandBytes = commandBytes;
  }

  /** The verdict of the group; SERVICE_UNAVAILABLE if there is none. Never fails. */
  CompletableFuture<Verdict> submit(ByteString envelope) {
    Waiting waiting = new Waiting(envelope, new CompletableFuture<>());
    synchronized (queue) {
      queue.add(waiting);
    }
    send();
    return waiting.verdict;
  }

  private void send() {
    while (true) {
      List<Waiting> command;
      synchronized (queue) {
        if (queue.isEmpty() || underWay >= UNDER_WAY) {
          return;
        }
        underWay++;
        command = next();
        // Called in here, so that no other thread's command overtakes this one.
        group
            .invokeOrderedAsync(Commands.submit(command.stream().map(Waiting::envelope).toList()))
            .whenComplete((reply, failure) -> onReply(command, reply, failure));
      }
    }
  }

  private List<Waiting> next() {
    List<Waiting> command = new ArrayList<>();
    long bytes = OVERHEAD_BYTES;
    while (!queue.isEmpty() && command.size() < Commands.MOST_ENVELOPES) {
      bytes += queue.peek().envelope.size() + OVERHEAD_BYTES;
      if (bytes > commandBytes && !command.isEmpty()) {
        break;
      }
      command.add(queue.remove());
    }
    return command;
  }

  private void onReply(List<Waiting> command, byte[] reply, Throwable failure) {
    synchronized (queue) {
      underWay--;
    }
    if (failure != null) {
      fail(command, failure.getMessage());
    } else {
      try {
        List<Verdict> verdicts = Commands.readVerdicts(reply, command.size());
        for (int i = 0; i < verdicts.size(); i++) {
          command.get(i).verdict.complete(verdicts.get(i));
        }
      } catch (RefusedException e) {
        LOG.warn("the group's answer makes no sense: {}", e.getMessage());
        fail(command, "the ordering nodes' answer makes no sense: do they run another version?");
      }
    }
    send();
  }

  private static void fail(List<Waiting> command, String reason) {
    Verdict verdict = new Verdict(Status.SERVICE_UNAVAILABLE, String.valueOf(reason), -1);
    command.forEach(waiting -> waiting.verdict.complete(verdict));
  }
}
