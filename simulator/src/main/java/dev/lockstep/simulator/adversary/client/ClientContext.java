package dev.lockstep.simulator.adversary.client;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.View;
import java.util.List;
import java.util.SplittableRandom;

/** What a Byzantine client knows, and what it can do: make requests, true or not, and send them. */
public interface ClientContext {
  View view();

  SplittableRandom random();

  /** What the clocks of the replicas show, about; in microseconds. */
  long wallMicros();

  /** The session that it has, or 0. */
  long session();

  /** The first sequence in its session that was not answered yet. */
  long next();

  /** The number with which it opens, or opened, its session. */
  long nonce();

  /** The highest regency of those who answered. */
  long regencySeen();

  /** The first OPENs that it made. */
  List<Request> opens();

  /** Another client, drawn. */
  ClientId victim();

  /** A write to a register that correct clients do not touch. */
  KvOperation write();

  /** An ordered request in its session, signed if the view asks for it. */
  Request request(long sequence, KvOperation operation);

  /** Any request in its name, signed if the view asks for it. */
  Request request(Request.Kind kind, long session, long sequence, Bytes operation);

  /** An OPEN with this number, in good time, that closes another session if that is not 0. */
  Request open(long number, long closes);

  Request openWithDeadline(long number, long deadlineMicros);

  /** A request in the name of another client, with a signature that is not that client's. */
  Request forged(ClientId victim, long session, long sequence, KvOperation operation);

  void send(int replica, Request request);

  void toAll(Request request);
}
