/* SPDX-License-Identifier: MIT */
/* Verbs of non-blocking connections: who waits, and who may go on. */
#include "engine/connection.h"

static const char *const verbs[] = {[KN__STEP_NONE] = "nothing",
#define KN__X(step, name) [KN__STEP_##step] = name,
                                    KN__STEP_MAP(KN__X)
#undef KN__X
};

bool kn__step_wait(kn_connection *connection, kn__step_verb step, const void *object, kn_wait *wait,
                   int64_t deadline_us)
{
    if (wait->fd < 0 && !wait->deadline_us) /* nothing to wait for: the driver is asked again rather than never */
        wait->deadline_us = kn__clock_us() + 1000;
    if (!(connection->hindrance & KN__STEPWISE)) {
        kn__clock_wait(wait, deadline_us);
        return true;
    }
    connection->hindrance |= KN__WAITING;
    connection->paused.step = step;
    connection->paused.part = 0;
    connection->paused.object = object;
    connection->paused.wait = *wait;
    connection->paused.deadline_us = deadline_us;
    return false;
}

static kn_status refuse_other(const kn_connection *connection, kn__step_verb step, kn_error *error)
{
    if (connection->paused.step == step)
        return kn_error_set(error, KN_STATE, "%s waits with other arguments: call it with those again", verbs[step]);
    return kn_error_set(error, KN_STATE, "%s waits: call that again until it no longer returns KN_WAIT",
                        verbs[connection->paused.step]);
}

kn_status kn__step_resume(kn_connection *connection, kn__step_verb step, const void *object, kn_error *error)
{
    kn__paused *paused = &connection->paused;

    if (kn__connection_is_inherited(connection) || connection->hindrance & (KN__NOT_LENT | KN__BROKEN))
        return kn__connection_refuse(connection, error);
    if (connection->hindrance & KN__WAITING) {
        if (paused->step != step || paused->object != object)
            return refuse_other(connection, step, error);
        connection->hindrance &= ~(uint32_t)KN__WAITING;
        return KN_WAIT;
    }
    if (connection->hindrance & KN__OPENING && step != KN__STEP_CONNECT)
        return kn_error_set(error, KN_STATE,
                            "this connection is not open: call kn_connect_step until it returns KN_OK");
    return KN_OK;
}

int64_t kn__step_clock(kn_connection *connection)
{
    kn__paused *paused = &connection->paused;

    if (!(connection->hindrance & KN__WAITING))
        paused->started_us = kn__clock_us();
    return paused->started_us;
}

void kn__step_give_up(kn_connection *connection)
{
    kn__step_verb step = connection->hindrance & KN__WAITING ? connection->paused.step : KN__STEP_NONE;

    connection->hindrance |= KN__BROKEN | KN__GIVEN_UP;
    if (step >= KN__STEP_SAVEPOINT)
        kn__buffer_finish(&connection->paused.as.name);
    if (step != KN__STEP_PREPARE) /* what is being prepared goes with the link */
        connection->hindrance &= ~(uint32_t)KN__WAITING;
}

kn_wait kn_connection_wait(const kn_connection *connection)
{
    return connection->hindrance & KN__WAITING ? connection->paused.wait : (kn_wait){.fd = -1};
}
