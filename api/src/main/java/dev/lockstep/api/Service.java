package dev.lockstep.api;

/** The usual replicated service: commands one by one, and a state that can be checkpointed. */
public interface Service extends SingleExecutable, Recoverable {}
