package dev.lockstep.protocol.replica.kernel;

import dev.lockstep.protocol.message.Request;

/** Where the bodies of requests go that come with other messages. */
public interface BodyIntake {
  /** A body from another replica, which does not vouch for it. */
  void onBody(int from, Request body);

  /** A body that came with a proposal that is looked at for the first time. */
  void onProposed(int leader, Request body);
}
