package dev.lockstep.sql.client;

import dev.lockstep.api.InvocationException;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlReply;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Asks the group as a whole. What it answers is what enough replicas say. */
final class Group {
  private static final long DEFERRED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final ServiceProxy proxy;
  private final int commandBytesMax;
  private final Runnable onDissent;

  /**
   * @param commandBytesMax longest command that can be ordered
   * @param onDissent called when a replica says something else than the others
   */
  Group(ServiceProxy proxy, int commandBytesMax, Runnable onDissent) {
    this.proxy = proxy;
    this.commandBytesMax = commandBytesMax;
    this.onDissent = onDissent;
  }

  /** An ordered command, without waiting. */
  CompletableFuture<byte[]> order(SqlCommand command) throws SQLException {
    byte[] bytes = command.encode();
    if (bytes.length > commandBytesMax) {
      throw SqlErrors.exception(
          "54000",
          "the transaction has "
              + bytes.length
              + " bytes of statements and values, more than the "
              + commandBytesMax
              + " that the group orders at a time; do it in several transactions");
    }
    AtomicBoolean dissent = new AtomicBoolean();
    CompletableFuture<byte[]> reply =
        proxy.invokeOrderedAsync(
            bytes,
            (one, other) -> {
              boolean same = SqlReply.isSame(one, other);
              if (!same) {
                dissent.set(true);
              }
              return same;
            },
            replies -> replies.get(0));
    return reply.whenComplete(
        (value, failure) -> {
          if (dissent.get()) {
            onDissent.run();
          }
        });
  }

  /**
   * Waits for the answer to a question.
   *
   * @throws SQLException what the group refused; {@code 08006} if it does not answer
   */
  SqlReply awaitAnswer(CompletableFuture<byte[]> question, long deadline) throws SQLException {
    try {
      return await(question, deadline);
    } catch (SQLException e) {
      if (!"08007".equals(e.getSQLState())) {
        throw e;
      }
      SQLException unanswered =
          SqlErrors.exception(
              "08006", "too few replicas answer; do they run, and can they be reached?");
      unanswered.initCause(e);
      throw unanswered;
    }
  }

  /** A question, which usually is not ordered. */
  CompletableFuture<byte[]> ask(SqlCommand command) {
    return proxy.invokeUnorderedAsync(command.encode(), SqlReply::isSame, all -> all.get(0));
  }

  /**
   * Waits for an answer.
   *
   * @param deadline in {@link System#nanoTime}
   * @throws SQLException what the group refused, or that it does not answer; with {@code 08007} the
   *     command may have been executed
   */
  SqlReply await(CompletableFuture<byte[]> call, long deadline) throws SQLException {
    try {
      byte[] bytes = call.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      SqlReply reply = SqlReply.decode(bytes);
      if (reply instanceof SqlReply.Failed failed) {
        throw SqlErrors.exception(failed.failure());
      }
      return reply;
    } catch (RefusedException e) {
      throw SqlErrors.exception("08P01", "the replicas speak another language: " + e.getMessage());
    } catch (TimeoutException e) {
      throw SqlErrors.exception("08007", "the group did not answer in time; it may still do it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw SqlErrors.exception("08007", "interrupted; the group may still do it");
    } catch (ExecutionException e) {
      throw unanswered(e.getCause());
    }
  }

  private static SQLException unanswered(Throwable cause) {
    boolean unknown =
        !(cause instanceof InvocationException invocation)
            || switch (invocation.outcome()) {
              case NOT_EXECUTED, BUSY, REFUSED -> false;
              case EXECUTED, MAY_EXECUTE, MAY_HAVE_EXECUTED -> true;
            };
    return SqlErrors.exception(
        unknown ? "08007" : "08006", "the group did not answer: " + cause.getMessage());
  }

  /** An ordered command and its answer; asks again while the group prepares a checkpoint. */
  SqlReply call(SqlCommand command, long deadline) throws SQLException {
    while (true) {
      SqlReply reply = await(order(command), deadline);
      if (!(reply instanceof SqlReply.Deferred)) {
        return reply;
      }
      if (System.nanoTime() - deadline > 0) {
        throw SqlErrors.exception("08006", "the group prepares a checkpoint for too long");
      }
      LockSupport.parkNanos(DEFERRED_PAUSE_NANOS);
    }
  }

  static SQLException unexpected(SqlReply reply) {
    return SqlErrors.exception("08P01", "the group answered something else: " + reply);
  }
}
