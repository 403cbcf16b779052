/** Replicated databases under workloads whose histories are judged, and while replicas fail. */
package dev.lockstep.sql.tests;
