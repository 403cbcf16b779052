package dev.lockstep.protocol.state;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;

/** A reply with its full result, and whom it is for. */
public record Answer(ClientId client, Message.Reply reply) {}
