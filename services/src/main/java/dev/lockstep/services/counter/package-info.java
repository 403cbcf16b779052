/** A counter: the smallest service that is of use. */
package dev.lockstep.services.counter;
