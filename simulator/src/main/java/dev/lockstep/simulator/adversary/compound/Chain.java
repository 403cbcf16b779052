package dev.lockstep.simulator.adversary.compound;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Conspiracy;
import java.util.List;
import java.util.SplittableRandom;

/** Several behaviours of one replica: what one of them sends passes through the next. */
public class Chain implements Adversary {
  /** Messages that one event may cause: behaviours that multiply must not multiply each other. */
  public static final int MOST_PER_EVENT = 64;

  private final String name;
  private final List<Adversary> members;
  private int left;

  public Chain(String name, List<Adversary> members) {
    this.name = name;
    this.members = List.copyOf(members);
  }

  /** Whether the member has its way at present. One that has not still hears everything. */
  boolean isActive(AdversaryContext context, int member) {
    return true;
  }

  final int size() {
    return members.size();
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public boolean wantsTwin() {
    return members.stream().anyMatch(Adversary::wantsTwin);
  }

  @Override
  public void twinStarted() {
    members.forEach(Adversary::twinStarted);
  }

  @Override
  public boolean twinHears(
      AdversaryContext context, int twin, int peer, Message.ReplicaMessage message) {
    for (Adversary member : members) {
      if (member.wantsTwin()) {
        return member.twinHears(context, twin, peer, message);
      }
    }
    return twin == 0;
  }

  @Override
  public void start(AdversaryContext context) {
    left = MOST_PER_EVENT;
    for (int i = 0; i < members.size(); i++) {
      members.get(i).start(new Link(context, i + 1, 0, false));
    }
  }

  @Override
  public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
    left = MOST_PER_EVENT;
    new Link(context, 0, 0, false).send(to, message);
  }

  @Override
  public void onReply(AdversaryContext context, ClientId client, Message.ToClient message) {
    left = MOST_PER_EVENT;
    new Link(context, 0, 0, false).reply(client, message);
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    left = MOST_PER_EVENT;
    boolean pass = true;
    for (int i = 0; i < members.size(); i++) {
      boolean active = isActive(context, i);
      boolean passes =
          members.get(i).onReceive(new Link(context, i + 1, 0, !active), from, message);
      pass &= passes || !active;
    }
    return pass;
  }

  @Override
  public boolean onClientRequest(AdversaryContext context, Message.ClientRequest request) {
    left = MOST_PER_EVENT;
    boolean pass = true;
    for (int i = 0; i < members.size(); i++) {
      boolean active = isActive(context, i);
      boolean passes =
          members.get(i).onClientRequest(new Link(context, i + 1, 0, !active), request);
      pass &= passes || !active;
    }
    return pass;
  }

  @Override
  public void onTimer(AdversaryContext context) {
    left = MOST_PER_EVENT;
    for (int i = 0; i < members.size(); i++) {
      if (isActive(context, i)) {
        members.get(i).onTimer(new Link(context, i + 1, 0, false));
      }
    }
  }

  /** The context of a member, whose output is the input of the members from {@code next} on. */
  private final class Link implements AdversaryContext {
    private final AdversaryContext context;
    private final int next;
    private final long delay;
    private final boolean mute;

    Link(AdversaryContext context, int next, long delay, boolean mute) {
      this.context = context;
      this.next = next;
      this.delay = delay;
      this.mute = mute;
    }

    private int nextActive() {
      int index = next;
      while (index < members.size() && !isActive(context, index)) {
        index++;
      }
      return index;
    }

    @Override
    public void send(int to, Message.ReplicaMessage message) {
      if (mute) {
        return;
      }
      int index = nextActive();
      if (index < members.size()) {
        members.get(index).onSend(new Link(context, index + 1, delay, false), to, message);
      } else if (left > 0) {
        left--;
        if (delay > 0) {
          context.sendLater(delay, to, message);
        } else {
          context.send(to, message);
        }
      }
    }

    @Override
    public void sendLater(long delayMicros, int to, Message.ReplicaMessage message) {
      new Link(context, next, delay + delayMicros, mute).send(to, message);
    }

    @Override
    public void reply(ClientId client, Message.ToClient message) {
      if (mute) {
        return;
      }
      int index = nextActive();
      if (index < members.size()) {
        members.get(index).onReply(new Link(context, index + 1, delay, false), client, message);
      } else if (left > 0) {
        left--;
        context.reply(client, message);
      }
    }

    @Override
    public int self() {
      return context.self();
    }

    @Override
    public View view() {
      return context.view();
    }

    @Override
    public QuorumSystem quorums() {
      return context.quorums();
    }

    @Override
    public Digest cluster() {
      return context.cluster();
    }

    @Override
    public long nowMicros() {
      return context.nowMicros();
    }

    @Override
    public SplittableRandom random() {
      return context.random();
    }

    @Override
    public Signer signer() {
      return context.signer();
    }

    @Override
    public Verifier verifier() {
      return context.verifier();
    }

    @Override
    public List<Integer> conspirators() {
      return context.conspirators();
    }

    @Override
    public Conspiracy conspiracy() {
      return context.conspiracy();
    }

    @Override
    public long regency() {
      return context.regency();
    }

    @Override
    public Manifest manifestOrNull(long instance) {
      return context.manifestOrNull(instance);
    }

    @Override
    public Bytes contentOrNull(long instance, int piece) {
      return context.contentOrNull(instance, piece);
    }

    @Override
    public long lastDelivered() {
      return context.lastDelivered();
    }

    @Override
    public List<Integer> others() {
      return context.others();
    }
  }
}
