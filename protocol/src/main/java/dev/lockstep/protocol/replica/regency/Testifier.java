package dev.lockstep.protocol.replica.regency;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message.SignedTestimony;
import dev.lockstep.protocol.message.Message.StopData;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Resends;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.protocol.view.Genesis;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What this replica says of its votes when a regency is installed: its own STOPDATA, made once for
 * each regency as soon as it may speak about its votes (RULES 26, 27), sent as soon as its promise
 * not to vote below is durable (RULES 25), and said again until there is a SYNC.
 */
public final class Testifier implements RegencyListener, DeliveryListener, Resends {
  private final int self;
  private final Genesis genesis;
  private final Outbox out;
  private final Durable durable;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Voice voice;
  private final Incarnations incarnations;
  private final Signer signer;
  private final EntryRule rule;
  private final Consumer<StopData> collector;

  /** The last one that was made; of the installed regency or, then without use, a lower one. */
  private StopData own;

  /** The regency up to which the promise not to vote below is durable. */
  private long promised;

  /**
   * @param signer may be null in crash mode
   * @param collector takes it when this replica leads the regency itself
   */
  public Testifier(
      int self,
      Genesis genesis,
      Outbox out,
      Durable durable,
      DecisionLog log,
      Window window,
      Regency regency,
      Voice voice,
      Incarnations incarnations,
      Signer signer,
      EntryRule rule,
      Consumer<StopData> collector) {
    this.self = self;
    this.genesis = genesis;
    this.out = out;
    this.durable = durable;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.voice = voice;
    this.incarnations = incarnations;
    this.signer = signer;
    this.rule = rule;
    this.collector = collector;
  }

  /** Storage says that this was promised before the restart. */
  public void restore(long promise) {
    promised = promise;
  }

  @Override
  public void onInstalled(long installed) {
    durable.persist(
        new Record.Promised(installed),
        () -> {
          if (regency.installed() == installed) {
            promised = installed;
            send();
          }
        });
    maybeMake();
  }

  @Override
  public void onDelivered() {
    maybeMake();
  }

  @Override
  public void onProved() {
    maybeMake();
  }

  private boolean isMade() {
    return own != null && own.testimony().core().regency() == regency.installed();
  }

  /** Makes the STOPDATA of the installed regency if it may be made now; frozen from then on. */
  public void maybeMake() {
    if (isMade() || regency.isSynced() || regency.installed() == 0 || !voice.mayTestify()) {
      return;
    }
    long last = log.last();
    int w = genesis.window();
    List<Testimony.Decided> prefix = new ArrayList<>();
    List<Certificate> certificates = new ArrayList<>();
    for (long t = rule.firstProof(last, w); t <= last; t++) {
      Certificate certificate = log.certificateOrNull(t);
      prefix.add(new Testimony.Decided(t, certificate.digest()));
      certificates.add(certificate);
    }
    List<Testimony.Open> open = new ArrayList<>();
    for (long t = last + 1; t <= last + w; t++) {
      Slot slot = window.slotOrNull(t);
      Testimony.Open state = slot == null ? null : slot.consensus.state();
      if (state != null && state.decided() == null && votedNow(state)) {
        // Restarted after this regency had begun: it is too late to speak about what was before.
        return;
      }
      if (state != null) {
        open.add(state);
        if (state.decided() != null) {
          certificates.add(slot.consensus.decision());
        }
      }
    }
    Testimony core =
        new Testimony(
            regency.installed(),
            self,
            voice.incarnation(),
            last,
            prefix,
            open,
            incarnations.acknowledgedBut(self));
    Bytes signature =
        genesis.byzantine()
            ? signer.sign(Statements.stopData(genesis.cluster(), core))
            : Bytes.EMPTY;
    own = new StopData(new SignedTestimony(core, signature), certificates);
    send();
  }

  private boolean votedNow(Testimony.Open state) {
    return state.lock().regency() >= regency.installed()
        || state.writeSet().stream().anyMatch(written -> written.regency() >= regency.installed());
  }

  private boolean isSendable() {
    return isMade() && promised >= regency.installed() && !regency.isSynced();
  }

  private void send() {
    if (!isSendable()) {
      return;
    }
    if (regency.isLeader()) {
      collector.accept(own);
    } else {
      out.send(regency.leader(), own);
    }
  }

  @Override
  public void resend(Lack lack) {
    if (lack.peer() == regency.leader() && isSendable()) {
      out.send(lack.peer(), own);
      out.count(Event.RESENT, lack.peer());
    }
  }
}
