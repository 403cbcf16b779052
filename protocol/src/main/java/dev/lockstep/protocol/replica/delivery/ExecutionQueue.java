package dev.lockstep.protocol.replica.delivery;

import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.replica.admission.Replies;
import dev.lockstep.protocol.state.Answer;
import dev.lockstep.protocol.state.Effects;
import dev.lockstep.protocol.state.ReplyCache;
import dev.lockstep.protocol.state.Verdict;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;

/** What is delivered and not executed yet, in order: the service answers in the same order. */
public final class ExecutionQueue {
  /**
   * Batches that may wait for the service. A slow service thereby slows its replica's delivery, and
   * if it is slow everywhere the whole group, instead of filling the memory.
   */
  private static final int MOST = 64;

  /**
   * What is needed to answer a batch once it is executed.
   *
   * @param repliers of each reference the replica that its client wants the whole answer from
   */
  private record Waiting(Effects effects, int[] repliers) {}

  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private final ViewHistory views;
  private final ReplyCache held;
  private final Replies replies;

  /** Up to here answers were sent before a restart; they are not sent again. */
  private long replayedUpTo;

  public ExecutionQueue(ViewHistory views, ReplyCache held, Replies replies) {
    this.views = views;
    this.held = held;
    this.replies = replies;
  }

  public boolean isFull() {
    return waiting.size() >= MOST;
  }

  void add(Effects effects, int[] repliers) {
    waiting.add(new Waiting(effects, repliers));
  }

  /** Another state was taken up: nothing that was under way will be answered. */
  void clear() {
    waiting.clear();
  }

  /** What was delivered up to here was delivered before a restart. */
  public void onReplayed(long instance) {
    replayedUpTo = instance;
  }

  /**
   * The service executed the oldest batch: what it answers is held, and not sent yet.
   *
   * @return sends it
   */
  public Runnable onExecuted(long instance, List<ServiceResult> results) {
    Waiting done = waiting.poll();
    if (done == null || done.effects.instance() != instance) {
      throw new IllegalStateException(
          "executed " + instance + " but expected " + (done == null ? "nothing" : done.effects));
    }
    List<Answer> answers = held.executed(views.at(instance).id(), done.effects, results);
    return () -> {
      if (instance > replayedUpTo) {
        send(done, answers.iterator());
      }
    };
  }

  private void send(Waiting done, Iterator<Answer> next) {
    for (Effects.Effect effect : done.effects.effects()) {
      if (effect.verdict() != Verdict.OUT_OF_TURN) {
        Answer answer = next.next();
        replies.answer(answer.client(), done.repliers[effect.index()], answer.reply());
      }
    }
  }
}
