package dev.lockstep.protocol.replica.admission;

import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.requests.PooledRequest;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;

/** Tells clients of requests of theirs that were held and can have no effect any more. */
public final class LostRequests implements RequestPool.Lost {
  private final Outbox out;
  private final Sessions sessions;
  private final Replies replies;

  public LostRequests(Outbox out, Sessions sessions, Replies replies) {
    this.out = out;
    this.sessions = sessions;
    this.replies = replies;
  }

  @Override
  public void conflict(PooledRequest request) {
    out.count(Event.EQUIVOCATING_CLIENT);
    tell(request, Outcome.CONFLICT);
  }

  /** Of a session that may still be opened, nothing can be said: the client asks again. */
  @Override
  public void dropped(PooledRequest request) {
    if (sessions.standing(request.requestOrNull()) == Standing.VOID) {
      tell(request, Outcome.EXPIRED);
    }
  }

  private void tell(PooledRequest request, Outcome outcome) {
    if (request.replier() != PooledRequest.NEVER_ASKED) {
      replies.refuse(request.requestOrNull(), request.replier(), outcome);
    }
  }
}
