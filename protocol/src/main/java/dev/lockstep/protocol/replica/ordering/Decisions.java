package dev.lockstep.protocol.replica.ordering;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.Cost;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.PeerCosts;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Values;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.List;
import java.util.function.Predicate;

/** Takes decisions and values that come from others: they prove themselves, or are asked for. */
public final class Decisions implements RegencyListener {
  private final ViewHistory views;
  private final Outbox out;
  private final PeerCosts costs;
  private final Work work;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Values values;
  private final RequestPool pool;
  private final Predicate<Certificate> isValid;

  /**
   * @param isValid whether a certificate proves what it says
   */
  public Decisions(
      ViewHistory views,
      Outbox out,
      PeerCosts costs,
      Work work,
      DecisionLog log,
      Window window,
      Regency regency,
      Values values,
      RequestPool pool,
      Predicate<Certificate> isValid) {
    this.views = views;
    this.out = out;
    this.costs = costs;
    this.work = work;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.values = values;
    this.pool = pool;
    this.isValid = isValid;
  }

  /** What a DECISION was worth. */
  public enum Worth {
    /** It is right: held now, or delivered before. */
    GOOD,
    /** It does not prove what it says. */
    FALSE,
    /** There is no room for it now. */
    UNWANTED
  }

  /** A decision, asked for or pushed. */
  public Worth onDecision(int from, Message.Decision decision) {
    Batch batch = decision.batch();
    Certificate certificate = decision.certificate();
    if (batch.instance() <= log.last()) {
      return Worth.GOOD;
    }
    int most = views.newest().limits().batchRequests();
    if (!window.mayHold(batch.instance())
        || decision.bodies().size() > most
        || batch.references().size() > most) {
      out.count(Event.OUT_OF_WINDOW, from);
      return Worth.UNWANTED;
    }
    Certificate known = window.decisionOrNull(batch.instance());
    if (known == null && !costs.has(from, Cost.FALSE_PROOF)) {
      out.count(Event.OVER_BUDGET, from);
      return Worth.UNWANTED;
    }
    if (certificate.instance() != batch.instance()
        || !certificate.digest().equals(batch.digest())
        || (known != null && !known.digest().equals(batch.digest()))
        || (known == null && !isValid.test(certificate))) {
      costs.charge(from, Cost.FALSE_PROOF);
      out.count(Event.BAD_CERTIFICATE, from);
      return Worth.FALSE;
    }
    Slot slot = window.open(batch.instance());
    values.add(slot, batch);
    slot.consensus.decide(certificate);
    for (Request body : decision.bodies()) {
      // What is decided needs the body only; its digest stands for all of it but the signature.
      pool.supply(body, false);
    }
    work.touch(slot.instance);
    window.onHeld(slot, DecisionLog.weight(batch, certificate, decision.bodies()));
    return Worth.GOOD;
  }

  @Override
  public void onProvedDecision(Certificate certificate) {
    long above = certificate.instance() - log.last();
    if (above > 0 && above <= window.lookahead()) {
      window.open(certificate.instance()).consensus.decide(certificate);
    }
  }

  @Override
  public void onSynced(List<Batch> known) {
    known.forEach(this::onValue);
  }

  /** A value that was asked for: kept if its digest is known to be fixed or decided there. */
  public void onValue(Batch batch) {
    Slot slot = window.slotOrNull(batch.instance());
    if (slot == null || batch.references().size() > views.newest().limits().batchRequests()) {
      return;
    }
    Certificate decision = slot.consensus.decision();
    if ((decision != null && decision.digest().equals(batch.digest()))
        || batch.digest().equals(regency.fixedOrNull(slot.instance))) {
      values.add(slot, batch);
    }
  }
}
