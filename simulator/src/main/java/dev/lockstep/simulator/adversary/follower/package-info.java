/**
 * What Byzantine replicas do whoever leads: to votes, decisions, answers, questions and replies.
 */
package dev.lockstep.simulator.adversary.follower;
