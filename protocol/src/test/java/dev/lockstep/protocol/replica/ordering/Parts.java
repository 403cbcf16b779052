package dev.lockstep.protocol.replica.ordering;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.facts.Facts;
import dev.lockstep.protocol.replica.kernel.BodyIntake;
import dev.lockstep.protocol.rules.ValidityRule;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;

/** The parts of the normal phase, over the facts of one replica. */
final class Parts {
  static final long FETCH_MICROS = 50_000;
  static final long REQUEST_MICROS = 400_000;
  static final long PAUSE_MICROS = 3_000;

  final Facts facts;
  final List<Request> bodies = new ArrayList<>();
  final ValueFetcher fetcher;
  final Voter voter;
  final Proposer proposer;
  final Decisions decisions;

  /** Instances whose fresh proposal was looked at. */
  final List<Long> looks = new ArrayList<>();

  boolean certificatesAreValid = true;

  Parts(int self, View view) {
    facts = new Facts(self, view);
    fetcher =
        new ValueFetcher(
            self,
            facts.clock,
            facts.work,
            facts.out,
            facts.window,
            facts.regency,
            facts.pool,
            FETCH_MICROS,
            REQUEST_MICROS);
    voter =
        new Voter(
            facts.genesis,
            facts.clock,
            facts.work,
            facts.out,
            facts.log,
            facts.window,
            facts.regency,
            facts.voice,
            facts.timeouts,
            facts.values,
            facts.pool,
            facts.sessions,
            fetcher,
            new BodyIntake() {
              @Override
              public void onBody(int from, Request body) {
                bodies.add(body);
              }

              @Override
              public void onProposed(int leader, Request body) {
                bodies.add(body);
              }
            },
            facts.suspicions::add,
            new ValidityRule() {
              @Override
              public Verdict fresh(Batch batch, long regency, Circumstances now) {
                looks.add(batch.instance());
                return ValidityRule.super.fresh(batch, regency, now);
              }
            });
    proposer =
        new Proposer(
            facts.genesis,
            facts.clock,
            facts.out,
            facts.log,
            facts.window,
            facts.regency,
            facts.voice,
            facts.peers,
            facts.timeouts,
            facts.pool,
            voter,
            facts.suspicions::add,
            new Digest(1, 1, 1, 1),
            PAUSE_MICROS,
            FETCH_MICROS);
    decisions =
        new Decisions(
            facts.views,
            facts.out,
            facts.costs,
            facts.work,
            facts.log,
            facts.window,
            facts.regency,
            facts.values,
            facts.pool,
            certificate -> certificatesAreValid);
  }

  /** A request that can be proposed at once: its client opens a session. */
  static Request request(int client) {
    return new Request(
        Request.Kind.OPEN,
        new ClientId(client, client),
        0,
        0,
        new OpenSession(client, 30_000_000, 0).encode(),
        Bytes.EMPTY);
  }

  /** A client sent the request here. */
  void offer(Request request) {
    facts.pool.offerDirect(request, 0, facts.clock.now());
  }
}
