package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.plan.Fault;
import dev.lockstep.simulator.plan.FaultEvent;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.plan.RunConfigDraw;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Directed links between endpoints: the replicas by their ids, then the clients. Channels are FIFO
 * and lose what is under way when they are made anew (RULES 24); faults make them worse than that.
 */
public final class SimNetwork {
  /** What a script wants to happen to a message. */
  public enum Fate {
    PASS,
    DROP,
    HOLD
  }

  /** A script that looks at every message before it is sent. */
  public interface Interceptor {
    Fate onSend(int from, int to, Message message);
  }

  private static final class Link {
    final int from;
    final int to;
    final int base;

    /** No message arrives before this, so that the channel stays FIFO. */
    long last;

    /** Goes up when the channel is made anew; what was sent before is lost. */
    int epoch;

    int cut;
    boolean dead;
    int loss;
    int duplication;
    int reordering;
    long delay;
    long heldUntil;

    Link(int from, int to, int base) {
      this.from = from;
      this.to = to;
      this.base = base;
    }
  }

  private static final class Arrival implements EventQueue.Event {
    final World world;
    final Link link;
    final int epoch;
    final Message message;

    Arrival(World world, Link link, Message message) {
      this.world = world;
      this.link = link;
      this.epoch = link.epoch;
      this.message = message;
    }

    @Override
    public void happen() {
      if (link.epoch == epoch) {
        world.arrive(link.from, link.to, message, this);
      }
    }
  }

  private record Targeted(FaultEvent event, FaultEvent.Filter filter) {}

  private final World world;
  private final SplittableRandom random;
  private final int jitter;
  private final CodecLimits codec;
  private final int endpoints;
  private final Link[] links;
  private final List<Targeted> targeted = new ArrayList<>();
  private Interceptor interceptor;

  SimNetwork(World world, RunConfig config, int endpoints) {
    this.world = world;
    this.endpoints = endpoints;
    this.random = RunConfigDraw.stream(config.seed(), "network");
    RunConfig.Distance distance = config.network().distance();
    this.jitter = distance.jitter;
    this.codec = config.network().codec() ? config.view().codecLimits() : null;
    SplittableRandom geography = RunConfigDraw.stream(config.seed(), "geography");
    links = new Link[endpoints * endpoints];
    for (int from = 0; from < endpoints; from++) {
      for (int to = 0; to < endpoints; to++) {
        // Most links are short; a few are as long as the distance allows.
        int spread = distance.baseMax - distance.baseMin;
        int base = distance.baseMin + (int) (spread * Math.pow(geography.nextDouble(), 2));
        links[from * endpoints + to] = new Link(from, to, base);
      }
    }
  }

  public void intercept(Interceptor script) {
    this.interceptor = script;
  }

  private Link link(int from, int to) {
    return links[from * endpoints + to];
  }

  // ---- sending

  public void send(int from, int to, Message message) {
    if (to < 0 || to >= endpoints) {
      return;
    }
    Message carried =
        codec == null ? message : Wire.roundTrip(message, codec, world.isCorrect(from));
    if (carried == null) {
      return;
    }
    if (interceptor != null) {
      Fate fate = interceptor.onSend(from, to, carried);
      if (fate != Fate.PASS) {
        world.traceMessage(fate == Fate.DROP ? "drops" : "holds", from, to, carried);
        return;
      }
    }
    Link link = link(from, to);
    if (link.cut > 0 || link.dead || isTargeted(from, to, carried) || isHit(link.loss)) {
      world.traceMessage("loses", from, to, carried);
      return;
    }
    transmit(link, carried);
    if (isHit(link.duplication)) {
      transmit(link, carried);
    }
  }

  /** Puts a message on its way, whatever the faults. */
  public void transmit(int from, int to, Message message) {
    transmit(link(from, to), message);
  }

  private boolean isHit(int perMillion) {
    return perMillion > 0 && random.nextInt(1_000_000) < perMillion;
  }

  private void transmit(Link link, Message message) {
    long delay = link.base + random.nextInt(jitter);
    if ((random.nextInt() & 31) == 0) {
      // A heavier tail than the uniform jitter: scheduling, retransmissions of the transport.
      delay += random.nextInt(jitter * 8);
    }
    if (link.delay > 0) {
      delay += random.nextLong(link.delay);
    }
    long at = Math.max(world.now(), link.heldUntil) + delay;
    if (link.reordering > 0) {
      at += random.nextInt(link.reordering);
    } else {
      at = Math.max(at, link.last);
      link.last = at;
    }
    world.schedule(at, new Arrival(world, link, message));
  }

  private boolean isTargeted(int from, int to, Message message) {
    if (targeted.isEmpty() || to >= world.replicas() || from >= world.replicas()) {
      return false;
    }
    for (Targeted fault : targeted) {
      if ((fault.event.targets() >>> to & 1) != 0 && matches(fault.filter, message)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(FaultEvent.Filter filter, Message message) {
    long number;
    switch (filter.type()) {
      case PROPOSE:
        if (!(message instanceof Message.Propose propose)) {
          return false;
        }
        number = propose.instance();
        break;
      case WRITE:
        if (!(message instanceof Message.Write write)) {
          return false;
        }
        number = write.instance();
        break;
      case ACCEPT:
        if (!(message instanceof Message.Accept accept)) {
          return false;
        }
        number = accept.instance();
        break;
      case STOP:
        if (!(message instanceof Message.Stop stop)) {
          return false;
        }
        number = stop.regency();
        break;
      case STOPDATA:
        if (!(message instanceof Message.StopData data)) {
          return false;
        }
        number = data.testimony().core().regency();
        break;
      case SYNC:
        if (!(message instanceof Message.Sync sync)) {
          return false;
        }
        number = sync.regency();
        break;
      case DECISION:
        if (!(message instanceof Message.Decision decision)) {
          return false;
        }
        number = decision.batch().instance();
        break;
      case FORWARDED:
        if (!(message instanceof Message.Forwarded forwarded)) {
          return false;
        }
        number = forwarded.requests().isEmpty() ? 0 : forwarded.requests().get(0).sequence();
        break;
      default:
        if (!(message instanceof Message.Status status)) {
          return false;
        }
        number = status.lastDelivered();
    }
    return Math.floorMod(number, (long) filter.modulus()) == filter.rest();
  }

  // ---- faults

  /** Switches a fault of the links on or off. */
  public void apply(FaultEvent event, boolean on) {
    int sign = on ? 1 : -1;
    switch (event.fault()) {
      case LOSS -> forTouched(event, link -> link.loss += (int) (sign * event.amount()));
      case DUPLICATION ->
          forTouched(event, link -> link.duplication += (int) (sign * event.amount()));
      case REORDERING ->
          forTouched(event, link -> link.reordering += (int) (sign * event.amount()));
      case DELAY -> forTouched(event, link -> link.delay += sign * event.amount());
      case PARTITION, ONE_WAY -> cut(event, sign);
      case STALL -> {
        if (on) {
          forPairs(
              event,
              (a, b) -> {
                hold(link(a, b), event.until());
                hold(link(b, a), event.until());
              });
        }
      }
      case TARGETED -> {
        if (on) {
          targeted.add(new Targeted(event, FaultEvent.Filter.decode(event.amount())));
        } else {
          targeted.removeIf(active -> active.event == event);
        }
      }
      default -> throw new IllegalArgumentException("not a fault of the network: " + event);
    }
  }

  private void cut(FaultEvent event, int sign) {
    boolean both = event.fault() == Fault.PARTITION;
    forPairs(
        event,
        (a, b) -> {
          link(a, b).cut += sign;
          if (both) {
            link(b, a).cut += sign;
          }
          if (sign < 0) {
            world.announceReconnect(a, b);
          }
        });
  }

  private static void hold(Link link, long until) {
    link.heldUntil = Math.max(link.heldUntil, until);
  }

  private interface OnLink {
    void accept(Link link);
  }

  private interface OnPair {
    void accept(int a, int b);
  }

  /** All links that start or end at one of the targets. */
  private void forTouched(FaultEvent event, OnLink action) {
    for (Link link : links) {
      if (isIn(event.targets(), link.from) || isIn(event.targets(), link.to)) {
        action.accept(link);
      }
    }
  }

  private static boolean isIn(long mask, int endpoint) {
    return endpoint < 64 && (mask >>> endpoint & 1) != 0;
  }

  private void forPairs(FaultEvent event, OnPair action) {
    for (int a = 0; a < world.replicas(); a++) {
      for (int b = 0; b < world.replicas(); b++) {
        if (a != b && isIn(event.targets(), a) && isIn(event.peers(), b)) {
          action.accept(a, b);
        }
      }
    }
  }

  /** Channels between targets and peers are made anew; everything under way on them is lost. */
  public void reconnect(FaultEvent event) {
    forPairs(event, this::reset);
    if (event.peers() == (1L << world.replicas()) - 1) {
      for (int replica = 0; replica < world.replicas(); replica++) {
        for (int client = world.replicas(); client < endpoints; client++) {
          if (isIn(event.targets(), replica)) {
            reset(replica, client);
          }
        }
      }
    }
  }

  public void reset(int a, int b) {
    forget(link(a, b));
    forget(link(b, a));
    world.announceReconnect(a, b);
  }

  private void forget(Link link) {
    link.epoch++;
    link.last = world.now();
  }

  /** The process at the endpoint is gone; what was on its way to it is lost. */
  void losePending(int endpoint) {
    for (int from = 0; from < endpoints; from++) {
      forget(link(from, endpoint));
    }
  }

  /** Nothing arrives on this link any more, for the whole run. */
  public void kill(int from, int to) {
    link(from, to).dead = true;
  }

  /** Cuts or mends one direction, for scripts. */
  void setCut(int from, int to, boolean cut) {
    link(from, to).cut = cut ? 1 : 0;
  }

  /** The end of all transient faults. */
  void calm() {
    targeted.clear();
    for (Link link : links) {
      boolean wasCut = link.cut > 0;
      link.cut = 0;
      link.loss = 0;
      link.duplication = 0;
      link.reordering = 0;
      link.delay = 0;
      link.heldUntil = 0;
      if (wasCut) {
        world.announceReconnect(link.from, link.to);
      }
    }
  }
}
