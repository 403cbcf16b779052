package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.List;

/** Vouches for operations that the client never asked for, before the real one. */
public final class FalseVouch extends Behaviour {
  public FalseVouch() {
    super("false-vouch");
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    if (message instanceof Message.Forwarded forwarded) {
      List<Request> lies = new ArrayList<>();
      for (Request request : forwarded.requests()) {
        lies.add(Forge.forged(context.random(), request));
      }
      context.send(to, new Message.Forwarded(lies));
      if (context.random().nextBoolean()) {
        context.send(to, message);
      }
    } else {
      context.send(to, message);
    }
  }

  @Override
  public boolean onClientRequest(AdversaryContext context, Message.ClientRequest request) {
    if (context.random().nextInt(3) == 0) {
      // One variant for all, so that they would agree on it if they believed it.
      List<Request> lie = List.of(Forge.forged(context.random(), request.request()));
      for (int peer : context.others()) {
        context.send(peer, new Message.Forwarded(lie));
      }
    }
    // Now and then only the others know the request.
    return context.random().nextInt(10) != 0;
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.FetchRequests fetch && fetch.vouch()) {
      // Vouches for what it only fetched or heard of: one voice more than there should be.
      List<Request> stolen = new ArrayList<>();
      for (Digest digest : fetch.digests()) {
        Request request = context.conspiracy().requests.get(digest);
        if (request != null && stolen.size() < 16) {
          stolen.add(request);
        }
      }
      if (!stolen.isEmpty()) {
        context.send(from, new Message.Forwarded(stolen));
      }
    }
    return true;
  }
}
