package dev.lockstep.protocol.replica.regency;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Resends;
import dev.lockstep.protocol.replica.kernel.Suspicion;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.Quorums;
import dev.lockstep.protocol.view.ViewHistory;

/**
 * Who asks for which regency, when this replica joins in, and when the next one is installed; and
 * the timer that asks for another one when a regency does not get going (RULES 20, 22).
 *
 * <pre>
 *   suspect -&gt; STOP(r) to all      f+1 STOPs: join      2f+1 STOPs: install r
 * </pre>
 */
public final class Stops implements Suspicion, DeliveryListener, Resends {
  /** Beyond this no regency is wanted in earnest, and numbers above it could overflow. */
  private static final long HIGHEST = Long.MAX_VALUE / 4;

  private static final class Wanted {
    /** The highest regency that the replica asked for. */
    long regency;
  }

  private final int self;
  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Regency regency;
  private final Voice voice;
  private final Timeouts timeouts;
  private final RegencyListener life;
  private final PeerTable<Wanted> stops;

  /** When the installed regency must have got going, in microseconds. */
  private long deadline = Long.MAX_VALUE;

  public Stops(
      int self,
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Regency regency,
      Voice voice,
      Timeouts timeouts,
      RegencyListener life) {
    this.self = self;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.regency = regency;
    this.voice = voice;
    this.timeouts = timeouts;
    this.life = life;
    stops = new PeerTable<>(views.peers(), id -> new Wanted());
  }

  /** Takes up where storage says that this replica had promised to be. */
  public void restore(long promise) {
    regency.restore(promise);
    if (!regency.isSynced()) {
      arm();
    }
  }

  /** This replica has a reason of its own to replace the leader of the installed regency. */
  @Override
  public void suspect(String reason) {
    if (regency.isAsking() || !voice.maySuspect()) {
      return;
    }
    out.count(Event.SUSPECTED_LEADER, regency.leader());
    out.trace("suspect", reason);
    ask(regency.installed() + 1);
  }

  private void ask(long wanted) {
    if (wanted <= regency.asked()) {
      return;
    }
    regency.ask(wanted);
    stops.of(self).regency = wanted;
    out.broadcast(new Message.Stop(wanted));
    countStops();
  }

  /** STOP(r) asks for every regency up to r, so the highest of each member is all that counts. */
  public void onStop(int from, long wanted) {
    if (wanted > HIGHEST) {
      out.count(Event.BAD_STOP, from);
      return;
    }
    if (wanted <= stops.of(from).regency) {
      return; // said before, in each STATUS: no refusal
    }
    stops.of(from).regency = wanted;
    countStops();
    // A leader that asks for its own replacement needs no second opinion.
    if (wanted > regency.installed() && from == regency.leader()) {
      suspect("the leader abdicates");
    }
  }

  private void countStops() {
    Quorums quorums = views.installing();
    long joinable = quorums.reachedByOneCorrect(id -> stops.of(id).regency);
    long installable = quorums.reachedByInstall(id -> stops.of(id).regency);
    if (joinable > regency.asked()) {
      ask(joinable);
      return;
    }
    if (installable > regency.installed()) {
      install(installable);
    }
  }

  /** A higher regency begins here: enough ask for it, or its SYNC shows that enough did. */
  void install(long installed) {
    regency.install(installed);
    stops.of(self).regency = Math.max(stops.of(self).regency, installed);
    timeouts.onRegencyInstalled();
    arm();
    out.count(Event.INSTALLED_REGENCY);
    out.trace("install", "leader " + regency.leader());
    life.onInstalled(installed);
  }

  @Override
  public void resend(Lack lack) {
    if (regency.isAsking()) {
      out.send(lack.peer(), new Message.Stop(regency.asked()));
    }
  }

  /** The regency has this long to get going. */
  void arm() {
    deadline = clock.now() + timeouts.current();
  }

  /** The regency got going: every instance that SYNC fixed is delivered. */
  public void maybeDisarm() {
    if (regency.isSynced() && log.last() >= regency.selection().horizon()) {
      deadline = Long.MAX_VALUE;
    }
  }

  /** When {@link #onTime} wants to be called, in microseconds. */
  public long nextDeadline() {
    return deadline;
  }

  public void onTime() {
    if (clock.now() < deadline) {
      return;
    }
    arm();
    boolean behind = regency.isSynced() && log.last() < regency.selection().prefix();
    if (!behind) {
      suspect("the regency does not get going");
    }
  }

  @Override
  public void onDelivered() {
    maybeDisarm();
  }

  @Override
  public void onProved() {
    maybeDisarm();
  }

  /** For stall reports. */
  public String describe() {
    StringBuilder wanted = new StringBuilder();
    stops.forEachState(each -> wanted.append(wanted.isEmpty() ? "" : ", ").append(each.regency));
    return "regency "
        + regency.installed()
        + (regency.isSynced() ? " synced" : " NOT synced")
        + " next "
        + regency.asked()
        + " stops ["
        + wanted
        + "] m="
        + regency.selection().prefix()
        + " h="
        + regency.selection().horizon();
  }
}
