package dev.lockstep.fabric.verify;

/**
 * What is wrong with a block.
 *
 * @param rule the rule that it breaks
 * @param reason how, as a sentence
 */
public record BlockViolation(BlockRule rule, String reason) {}
