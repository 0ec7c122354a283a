// A relying party made with openid-client: takes orders as lines of JSON, answers each with one line.
// node client.mjs ISSUER CLIENT_ID PROOF, where PROOF is {"secret": …} or {"jwk": …} as JSON.
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const [issuer, clientId, proof] = process.argv.slice(2)
const { secret, jwk } = JSON.parse(proof)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const authentication = secret
  ? client.ClientSecretBasic(secret)
  : client.PrivateKeyJwt({
      key: await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']),
      kid: jwk.kid,
    })
const insecure = { execute: [client.allowInsecureRequests] } // the platform is on this machine
const config = await client.discovery(new URL(issuer), clientId, {}, authentication, insecure)

let under_way

const orders = {
  async begin({ pushed, ...wishes }) {
    const verifier = client.randomPKCECodeVerifier()
    under_way = { verifier, state: client.randomState(), nonce: client.randomNonce(), wishes }
    const parameters = {
      ...wishes,
      state: under_way.state,
      nonce: under_way.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    const url = pushed
      ? await client.buildAuthorizationUrlWithPAR(config, parameters)
      : client.buildAuthorizationUrl(config, parameters)
    return { url: url.href }
  },
  async finish({ url }) {
    const { verifier, state, nonce, wishes } = under_way
    const tokens = await client.authorizationCodeGrant(config, new URL(url), {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
      maxAge: wishes.max_age === undefined ? undefined : Number(wishes.max_age),
    })
    return { ...tokens, claims: tokens.claims() }
  },
  refresh: ({ token }) => client.refreshTokenGrant(config, token),
  user_info: ({ token, sub }) => client.fetchUserInfo(config, token, sub),
  introspect: ({ token }) => client.tokenIntrospection(config, token),
  revoke: async ({ token }) => ({ done: await client.tokenRevocation(config, token) }),
  credentials: ({ scope }) => client.clientCredentialsGrant(config, { scope }),
  async sign_out({ id_token, back }) {
    const parameters = { id_token_hint: id_token, post_logout_redirect_uri: back }
    return { url: client.buildEndSessionUrl(config, parameters).href }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...more } = JSON.parse(line)
  let answer
  try {
    answer = await orders[order](more)
  } catch (fault) {
    answer = { failed: fault.error ?? fault.code ?? fault.name, because: fault.message }
  }
  console.log(JSON.stringify(answer ?? {}))
}
